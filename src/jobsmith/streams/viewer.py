"""What waits to be sent to one viewer: bounded, and never cut in silence."""

import asyncio
import json
from collections import deque
from dataclasses import dataclass
from typing import Any

MOST_FRAMES = 64
MOST_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """An encoded event, shared by all viewers, and the lines in it, if any."""

    data: bytes = b""
    first: int = 0
    last: int = 0


AGAIN = Frame()
"""Read again from your own place: something was left out, or nothing was read yet."""
END = Frame(b"event: end\ndata: {}\n\n")
"""The run is over."""
STILL_HERE = Frame(b": still here\n\n")
"""Nothing new; proxies and browsers close a line on which nothing comes."""
LEAVE = Frame()
"""Go; the browser comes back by itself."""


class Viewer:
    """The queue of one viewer. A slow one costs no more memory than this."""

    def __init__(self) -> None:
        self._frames: deque[Frame] = deque()
        self._bytes = 0
        self._filled = asyncio.Event()
        self.put(AGAIN)

    def put(self, frame: Frame) -> None:
        """Keep a frame; where that is too much, all that waits gives way to `AGAIN`."""
        full = len(self._frames) >= MOST_FRAMES or self._bytes + len(frame.data) > MOST_BYTES
        if full or frame is LEAVE:
            self._frames.clear()
            self._bytes = 0
        if full and frame is not END and frame is not LEAVE:
            frame = AGAIN  # what it says will be read
        self._frames.append(frame)
        self._bytes += len(frame.data)
        self._filled.set()

    async def get(self) -> Frame:
        """The next frame, as soon as there is one."""
        while not self._frames:
            self._filled.clear()
            await self._filled.wait()
        frame = self._frames.popleft()
        self._bytes -= len(frame.data)
        return frame


class Recent:
    """The last lines that were handed out, for viewers who need them again or a little later."""

    def __init__(self) -> None:
        self._frames: deque[Frame] = deque()
        self._bytes = 0

    def keep(self, frame: Frame) -> None:
        """Keep it, and as many before it as `MOST_BYTES` allow."""
        self._frames.append(frame)
        self._bytes += len(frame.data)
        while len(self._frames) > MOST_FRAMES or self._bytes > MOST_BYTES:
            self._bytes -= len(self._frames.popleft().data)

    def after(self, line: int) -> Frame | None:
        """The one that begins behind a line."""
        return next((frame for frame in self._frames if frame.first == line + 1), None)

    def first_from(self, line: int, *, otherwise: int) -> int:
        """The line before the first one that begins behind a line."""
        begins = (frame.first - 1 for frame in self._frames if frame.first > line)
        return next(begins, otherwise)


def lines(rows: list[list[Any]]) -> Frame:
    """The event for new lines; its id is what a browser asks to resume after."""
    first, last = rows[0][0], rows[-1][0]
    return Frame(f"id: {last}\n".encode() + event("lines", rows), first, last)


def event(name: str, data: Any) -> bytes:
    """One server-sent event; JSON has no raw line breaks, so one data line is enough."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"event: {name}\ndata: {text}\n\n".encode("utf-8", "replace")
