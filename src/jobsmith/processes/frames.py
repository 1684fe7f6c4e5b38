"""Typed, bounded frames over a packet socket: what a running job's process says to its supervisor.

One packet is one frame, so a process that dies, or writes nonsense, never puts a later frame out
of step. Messages longer than a frame travel in pieces; payloads are JSON or plain bytes.
"""

import json
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

MAX_PAYLOAD = 64 * 1024
MAX_MESSAGE = 8 * 1024 * 1024
MAX_PARTIAL = 64
"""Senders (forked copies of a job, say) that may be in the middle of a message at once."""
_HEADER = struct.Struct("!BBII")
"""Kind, whether more pieces follow, process id of the sender, length of the payload."""
MAX_PACKET = _HEADER.size + MAX_PAYLOAD


class Kind(IntEnum):
    """What a frame carries."""

    START = 1
    LOG = 2
    PROGRESS = 3
    FILE_OPEN = 4
    FILE_DATA = 5
    FILE_CLOSE = 6
    END = 7
    READY = 8


class FrameBroken(Exception):
    """Something that is no frame came over the socket."""


@dataclass(frozen=True, slots=True)
class Message:
    """A whole message and the process that sent it."""

    kind: Kind
    sender: int
    payload: bytes

    def json(self) -> Any:
        """The payload as JSON; raises FrameBroken."""
        try:
            return json.loads(self.payload)
        except (ValueError, RecursionError) as error:
            raise FrameBroken(f"a {self.kind.name} frame is not JSON") from error


def to_json(value: Any) -> bytes:
    """A JSON payload."""
    return json.dumps(value, separators=(",", ":")).encode()


def packets(kind: Kind, payload: bytes, sender: int) -> Iterator[bytes]:
    """The packets of a message."""
    if len(payload) > MAX_MESSAGE:
        raise FrameBroken(f"a {kind.name} message of {len(payload)} bytes is too long")
    last = max(len(payload) - 1, 0) // MAX_PAYLOAD
    for index in range(last + 1):
        piece = payload[index * MAX_PAYLOAD : (index + 1) * MAX_PAYLOAD]
        yield _HEADER.pack(kind, index < last, sender, len(piece)) + piece


def send(sock: socket.socket, kind: Kind, payload: bytes, sender: int) -> None:
    """Send a whole message, waiting while the other side is behind."""
    for packet in packets(kind, payload, sender):
        sock.sendall(packet)


@dataclass(slots=True)
class Assembler:
    """Makes messages of packets."""

    _partial: dict[tuple[int, int], bytearray] = field(default_factory=dict)

    def add(self, packet: bytes) -> Message | None:
        """Take one packet; return the message it completes. Raises FrameBroken."""
        kind, more, sender, payload = _split(packet)
        key = (sender, kind)
        begun = self._partial.get(key)
        if begun is None and not more:
            return Message(kind, sender, payload)
        if begun is None:
            begun = self._begin(key)
        begun += payload
        if len(begun) > MAX_MESSAGE:
            raise FrameBroken(f"a {kind.name} message is too long")
        if more:
            return None
        del self._partial[key]
        return Message(kind, sender, bytes(begun))

    def _begin(self, key: tuple[int, int]) -> bytearray:
        if len(self._partial) >= MAX_PARTIAL:
            raise FrameBroken("too many messages were begun")
        return self._partial.setdefault(key, bytearray())


def _split(packet: bytes) -> tuple[Kind, bool, int, bytes]:
    if len(packet) < _HEADER.size:
        raise FrameBroken("a frame is too short")
    number, more, sender, length = _HEADER.unpack_from(packet)
    if length != len(packet) - _HEADER.size or more > 1:
        raise FrameBroken("a frame has a wrong length")
    try:
        kind = Kind(number)
    except ValueError as error:
        raise FrameBroken(f"{number} is no kind of frame") from error
    return kind, bool(more), sender, packet[_HEADER.size :]
