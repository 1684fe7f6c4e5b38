"""A Git server that answers whatever a test has made up: packs byte by byte, and worse."""

import hashlib
import struct
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT, TREE, BLOB, TAG, OFS_DELTA, REF_DELTA = 1, 2, 3, 4, 6, 7
_NAMES = {COMMIT: b"commit", TREE: b"tree", BLOB: b"blob", TAG: b"tag"}
_PIECE = 65_000


@dataclass(frozen=True)
class Thing:
    """A Git object as raw bytes, good or not."""

    kind: int
    data: bytes

    @property
    def key(self) -> str:
        return hashlib.sha1(_NAMES[self.kind] + b" %d\0" % len(self.data) + self.data).hexdigest()


def blob(data: bytes) -> Thing:
    return Thing(BLOB, data)


def tree(*entries: tuple[str, bytes, Thing | str]) -> Thing:
    """Mode, name and what it is, in just that order."""
    rows = (
        mode.encode() + b" " + name + b"\0" + bytes.fromhex(getattr(each, "key", each))
        for mode, name, each in entries
    )
    return Thing(TREE, b"".join(rows))


def commit(top: Thing, message: bytes = b"Evil", author: bytes = b"Ada <ada@example.com>") -> Thing:
    who = author + b" 1700000000 +0000\n"
    head = b"tree " + top.key.encode() + b"\nauthor " + who + b"committer " + who
    return Thing(COMMIT, head + b"\n" + message)


def tag(of: Thing, kind: str) -> Thing:
    lines = b"object " + of.key.encode() + b"\ntype " + kind.encode() + b"\ntag v1\n"
    return Thing(TAG, lines + b"tagger Ada <ada@example.com> 1700000000 +0000\n\nEvil\n")


def entry(kind: int, data: bytes, size: int | None = None, base: bytes = b"") -> bytes:
    """One object of a pack; ``size`` is what it claims to hold."""
    left = len(data) if size is None else size
    first, left = (kind << 4) | (left & 15), left >> 4
    head = bytearray()
    while left:
        head.append(first | 128)
        first, left = left & 127, left >> 7
    head.append(first)
    return bytes(head) + base + zlib.compress(data)


def pack(*things: Thing, count: int | None = None, raw: Iterable[bytes] = ()) -> bytes:
    """A whole pack; ``count`` is how many objects it claims to hold."""
    entries = [entry(each.kind, each.data) for each in things] + list(raw)
    told = len(entries) if count is None else count
    body = b"PACK" + struct.pack(">II", 2, told) + b"".join(entries)
    return body + hashlib.sha1(body).digest()


Body = Callable[[], Iterable[bytes]]


@dataclass
class Evil:
    """What the server answers."""

    head: str = "1" * 40
    pack: bytes | Body = b""
    ref: bytes = b"refs/heads/main"
    more_refs: Iterable[bytes] = ()
    redirect: str = ""
    error: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    advertisement: Body | None = None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    evil: Evil

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.credentials: list[str] = []
        """What each request logged in with; "" where it did not."""

    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/x"


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        evil = self.server.evil
        self._note()
        if evil.redirect:
            self.send_response(302)
            self.send_header("Location", evil.redirect)
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif evil.advertisement:
            self._send("advertisement", evil.advertisement())
        elif evil.error:
            self._send("advertisement", [_line(b"ERR " + evil.error)])
        else:
            self._send("advertisement", self._refs(evil))

    def do_POST(self) -> None:
        self._note()
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        evil = self.server.evil
        pieces = evil.pack() if callable(evil.pack) else _cut(evil.pack)
        self._send("result", self._packed(evil, pieces))

    def _note(self) -> None:
        self.server.credentials.append(self.headers.get("Authorization", ""))

    def _refs(self, evil: Evil) -> Iterator[bytes]:
        yield _line(b"# service=git-upload-pack\n") + b"0000"
        caps = b"shallow side-band-64k ofs-delta agent=evil"
        yield _line(evil.head.encode() + b" " + evil.ref + b"\0" + caps + b"\n")
        for each in evil.more_refs:
            yield _line(evil.head.encode() + b" " + each + b"\n")
        yield b"0000"

    def _packed(self, evil: Evil, pieces: Iterable[bytes]) -> Iterator[bytes]:
        yield _line(b"shallow " + evil.head.encode() + b"\n") + b"0000" + _line(b"NAK\n")
        for each in pieces:
            yield _line(b"\x01" + each)
        yield b"0000"

    def _send(self, kind: str, pieces: Iterable[bytes]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"application/x-git-upload-pack-{kind}")
        for name, value in self.server.evil.headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            for each in pieces:
                self.wfile.write(each)
        except OSError:
            return  # they had enough

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


def _line(data: bytes) -> bytes:
    return b"%04x" % (len(data) + 4) + data


def _cut(data: bytes) -> Iterator[bytes]:
    for at in range(0, len(data), _PIECE):
        yield data[at : at + _PIECE]


@contextmanager
def evil_server() -> Iterator[_Server]:
    """A server on loopback; set its ``evil``."""
    server = _Server(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
