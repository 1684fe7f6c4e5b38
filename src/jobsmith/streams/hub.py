"""The hub: one task for each watched run, whatever the number of viewers.

It polls the run and hands the same encoded bytes to bounded queues. A viewer that is too slow
for its queue reads again from its own place; nothing is lost, since lines are numbered.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any
from weakref import WeakKeyDictionary

from django.db import Error

from . import reader
from .feeds import FEEDS
from .snapshot import Snapshot, look
from .viewer import AGAIN, END, LEAVE, STILL_HERE, Frame, Recent, Viewer, event, lines

POLL_SECONDS = 0.25
HEARTBEAT_SECONDS = 15.0
RIGHTS_SECONDS = 40.0
"""Between two looks at a viewer's rights; with a heartbeat's wait it stays below a minute."""
LIFE_SECONDS = 600.0
PAGE = 1000
MAX_BEHIND = 4000
"""A viewer further behind than this skips to the end; it asks for what it shows."""
LONGEST_PAUSE = 2.0
PATIENCE_SECONDS = 10.0
"""For how long viewers wait for a database that does not answer before they are sent away."""

logger = logging.getLogger(__name__)


def always() -> bool:
    """The right of a viewer about whom nobody asks."""
    return True


class Topic:
    """One watched feed of one run; without a feed only the run itself."""

    def __init__(self, result_id: str, feed: str) -> None:
        self.key = result_id, feed
        self.feed = FEEDS.get(feed)
        self.viewers: set[Viewer] = set()
        self.seq: int | None = None
        """The last line that was handed out; None before the first look."""
        self.state: dict[str, Any] | None = None
        self.task: asyncio.Task[None] | None = None
        self.ready = asyncio.Event()
        """Set once the run has been looked at, or cannot be."""
        self._recent = Recent()

    async def look(self, after: int | None) -> Snapshot:
        """Read in the hub's own thread; Error when the database stays away for too long."""
        clock = asyncio.get_running_loop().time
        give_up_at, pause = clock() + PATIENCE_SECONDS, POLL_SECONDS
        while True:
            try:
                return await reader.read(
                    lambda: look(self.key[0], self.feed, after=after, limit=PAGE)
                )
            except Error:
                if clock() >= give_up_at:
                    raise
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def following(self, after: int) -> Frame | None:
        """Lines after a place: the very bytes that others got, where they are still at hand."""
        kept = self._recent.after(after)
        if kept is not None:
            return kept
        rows = (await self.look(after)).rows
        return lines(rows) if rows else None

    def start(self, after: int) -> int:
        """Where a viewer goes on that has seen all up to ``after``: there, or near the end."""
        newest = self.seq or 0
        if newest - after <= MAX_BEHIND:
            return after
        return self._recent.first_from(newest - MAX_BEHIND, otherwise=newest - PAGE)

    def watch(self) -> None:
        """See that somebody polls."""
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        """Whatever happens, nobody is left waiting."""
        word = LEAVE
        try:
            word = await self._poll()
        except Error as error:
            logger.warning("Live viewers are sent away: %s", error)
        except Exception:
            logger.exception("A live stream broke")
        finally:
            self.ready.set()
            self._send(word)

    async def _poll(self) -> Frame:
        """Hand out what is new until the run ends or nobody watches; the last word to viewers."""
        while self.viewers:
            asked = self.seq
            found = await self.look(asked)
            self._tell(found)
            if found.is_over and asked is not None:
                return END
            await asyncio.sleep(0 if found.more or asked is None else POLL_SECONDS)
        return LEAVE

    def _tell(self, found: Snapshot) -> None:
        if found.rows:
            frame = lines(found.rows)
            self.seq = frame.last
            self._recent.keep(frame)
            self._send(frame)
        if self.seq is None:
            self.seq = self._newest(found)
        if found.state != self.state:
            self.state = found.state
            self._send(Frame(event("run", found.state or {})))
        self.ready.set()

    def _newest(self, found: Snapshot) -> int:
        """Number of the last line there is."""
        if self.feed is None or found.state is None:
            return 0
        return int(found.state[self.feed.counter])

    def _send(self, frame: Frame) -> None:
        for viewer in self.viewers:
            viewer.put(frame)


class Hub:
    """All topics of one event loop."""

    def __init__(self) -> None:
        self._topics: dict[tuple[str, str], Topic] = {}
        self.count = 0

    async def watch(
        self, result_id: str, feed: str, after: int, may_watch: Callable[[], bool] = always
    ) -> AsyncIterator[bytes]:
        """The event stream of a run for one viewer, from line ``after`` on.

        ``may_watch`` is called in the reader's thread now and then; the stream ends when it
        answers no.
        """
        viewer = Viewer()
        topic = self._join(viewer, result_id, feed)
        try:
            yield b"retry: 2000\n\n"
            async for piece in _follow(topic, viewer, after, may_watch):
                yield piece
        except Error:
            return  # the browser comes back by itself
        finally:
            self._leave(topic, viewer)

    def close(self) -> None:
        """Send all viewers away, to come back to whoever serves then; for shutdown."""
        for topic in self._topics.values():
            for viewer in topic.viewers:
                viewer.put(LEAVE)

    def _join(self, viewer: Viewer, result_id: str, feed: str) -> Topic:
        topic = self._topics.setdefault((result_id, feed), Topic(result_id, feed))
        topic.viewers.add(viewer)
        self.count += 1
        topic.watch()
        return topic

    def _leave(self, topic: Topic, viewer: Viewer) -> None:
        self.count -= 1
        topic.viewers.discard(viewer)
        if not topic.viewers:
            self._topics.pop(topic.key, None)
        if not self._topics:
            reader.rest()


async def _follow(
    topic: Topic, viewer: Viewer, after: int, may_watch: Callable[[], bool]
) -> AsyncIterator[bytes]:
    """Events in order; what is missing between them is read again."""
    async for frame in _frames(viewer, may_watch):
        if frame is AGAIN or _lacks(topic, frame, after):
            async for piece in _missing(topic, after):
                after = max(after, piece.last)
                yield piece.data
        if frame.data and not 0 < frame.last <= after:
            after = max(after, frame.last)
            yield frame.data
        if frame is END:
            return


async def _frames(viewer: Viewer, may_watch: Callable[[], bool]) -> AsyncIterator[Frame]:
    """What comes for a viewer, until it has to leave."""
    clock = asyncio.get_running_loop().time
    until, ask_at = clock() + LIFE_SECONDS, clock() + RIGHTS_SECONDS
    while clock() < until:
        if clock() >= ask_at:
            ask_at = clock() + RIGHTS_SECONDS
            if not await reader.read(may_watch):
                return
        try:
            frame = await asyncio.wait_for(viewer.get(), HEARTBEAT_SECONDS)
        except TimeoutError:
            frame = STILL_HERE
        if frame is LEAVE:
            return
        yield frame


def _lacks(topic: Topic, frame: Frame, after: int) -> bool:
    """Whether there are lines before this frame that were not sent, or some of it were."""
    if frame is END:
        return after < (topic.seq or 0)
    return frame.last > after and frame.first != after + 1


async def _missing(topic: Topic, after: int) -> AsyncIterator[Frame]:
    """The run as it stands, and its lines after ``after``, or only the last of very many.

    They end where the topic is: what it hands out from there on comes by itself.
    """
    await topic.ready.wait()
    yield Frame(event("run", topic.state or {}))
    after = topic.start(after)
    while after < (topic.seq or 0) and (frame := await topic.following(after)) is not None:
        after = frame.last
        yield frame


_hubs: "WeakKeyDictionary[asyncio.AbstractEventLoop, Hub]" = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop: one for each server process."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())
