"""The hub: one task for each watched run, whatever the number of viewers.

It polls the run and hands the same encoded bytes to bounded queues. A viewer whose queue is
full is told to read again from its own place; nothing is lost, since lines are numbered.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from weakref import WeakKeyDictionary

from .feeds import FEEDS
from .snapshot import Snapshot, look

POLL_SECONDS = 0.25
HEARTBEAT_SECONDS = 15.0
LIFE_SECONDS = 600.0
QUEUE_LENGTH = 64
PAGE = 1000
MAX_BEHIND = 4000
"""A viewer further behind than this skips to the end; it asks for what it shows."""

_reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="jobsmith-hub")
"""Its one thread does all database work of streams, so they never take request threads."""

Frame = tuple[int, int, bytes]
"""First and last line in it (0 for what is not lines) and the encoded event."""

AGAIN: Frame = (-1, -1, b"")
END: Frame = (-2, -2, b"event: end\ndata: {}\n\n")


class Topic:
    """One watched feed of one run."""

    def __init__(self, result_id: str, feed: str) -> None:
        self.result_id, self.feed = result_id, FEEDS[feed]
        self.viewers: set[asyncio.Queue[Frame]] = set()
        self.seq = 0
        self.state: dict[str, Any] | None = None
        self.task: asyncio.Task[None] | None = None

    async def look(self, after: int, limit: int = PAGE) -> Snapshot:
        """Read in the hub's own thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            _reader, lambda: look(self.result_id, self.feed, after=after, limit=limit)
        )

    async def poll(self) -> None:
        """Hand out what is new until the run ends or nobody watches."""
        while self.viewers:
            found = await self.look(self.seq)
            if found.rows:
                self.seq = found.rows[-1][0]
                self._send(lines(found.rows))
            if found.state != self.state:
                self.state = found.state
                self._send((0, 0, event("run", found.state or {})))
            if found.is_over and len(found.rows) < PAGE:
                self._send(END)
                return
            await asyncio.sleep(0 if len(found.rows) == PAGE else POLL_SECONDS)

    def _send(self, frame: Frame) -> None:
        for queue in self.viewers:
            if queue.full():
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(AGAIN)
            if frame is END or queue.qsize() < QUEUE_LENGTH:
                queue.put_nowait(frame)


class Hub:
    """All topics of one event loop."""

    def __init__(self) -> None:
        self._topics: dict[tuple[str, str], Topic] = {}
        self.count = 0

    async def watch(self, result_id: str, feed: str, after: int) -> AsyncIterator[bytes]:
        """The event stream of a run for one viewer, from line ``after`` on."""
        topic = self._topic(result_id, feed)
        queue: asyncio.Queue[Frame] = asyncio.Queue(QUEUE_LENGTH + 2)
        self.count += 1
        try:
            yield b"retry: 2000\n\n"
            first = await topic.look(after)
            after = _start(first, topic, after)
            yield event("run", first.state or {})
            self._join(topic, queue, after)
            async for piece in _follow(topic, queue, after):
                yield piece
        finally:
            self.count -= 1
            self._leave(topic, queue)

    def close(self) -> None:
        """End all streams; for shutdown."""
        for topic in self._topics.values():
            for queue in topic.viewers:
                queue.put_nowait(END) if not queue.full() else None

    def _topic(self, result_id: str, feed: str) -> Topic:
        return self._topics.setdefault((result_id, feed), Topic(result_id, feed))

    def _join(self, topic: Topic, queue: "asyncio.Queue[Frame]", after: int) -> None:
        topic.viewers.add(queue)
        queue.put_nowait(AGAIN)
        if topic.task is None or topic.task.done():
            topic.seq = max(topic.seq, after)
            topic.task = asyncio.create_task(topic.poll())

    def _leave(self, topic: Topic, queue: "asyncio.Queue[Frame]") -> None:
        topic.viewers.discard(queue)
        if not topic.viewers:
            self._topics.pop((topic.result_id, topic.feed.name), None)


def _start(first: Snapshot, topic: Topic, after: int) -> int:
    newest = (first.state or {}).get(topic.feed.counter, 0)
    return newest - PAGE if newest - after > MAX_BEHIND else after


async def _follow(topic: Topic, queue: "asyncio.Queue[Frame]", after: int) -> AsyncIterator[bytes]:
    """Frames in order; what is missing between them is read again."""
    loop = asyncio.get_running_loop()
    until = loop.time() + LIFE_SECONDS
    while loop.time() < until:
        try:
            frame = await asyncio.wait_for(queue.get(), HEARTBEAT_SECONDS)
        except TimeoutError:
            yield b": still here\n\n"
            continue
        first, last, data = frame
        if frame in (AGAIN, END) or first > after + 1:
            async for piece, seq in _missing(topic, after):
                after = seq
                yield piece
        if first == 0 or last > after or frame is END:
            after = max(after, last)
            yield data
        if frame is END:
            return


async def _missing(topic: Topic, after: int) -> AsyncIterator[tuple[bytes, int]]:
    """Everything stored after ``after``."""
    while rows := (await topic.look(after)).rows:
        after = rows[-1][0]
        yield lines(rows)[2], after
        if len(rows) < PAGE:
            return


def lines(rows: list[list[Any]]) -> Frame:
    """The event for new lines; its id is what a browser asks to resume after."""
    first, last = rows[0][0], rows[-1][0]
    return first, last, f"id: {last}\n".encode() + event("lines", rows)


def event(name: str, data: Any) -> bytes:
    """One server-sent event; JSON has no raw line breaks, so one data line is enough."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"event: {name}\ndata: {text}\n\n".encode("utf-8", "replace")


_hubs: "WeakKeyDictionary[asyncio.AbstractEventLoop, Hub]" = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop: one for each server process."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())
