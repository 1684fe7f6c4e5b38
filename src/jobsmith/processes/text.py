"""Bytes and texts from anywhere, made fit for any database."""

import codecs
import re
from collections.abc import Iterator

MAX_LINE_BYTES = 64 * 1024
_ESCAPE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours and cursor moves
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # window titles and links
    r"|\x1b[ -/]*[0-~]?"
)
_RUN_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_run_id(value: str) -> bool:
    """Whether this is a UUID in its usual form, safe in file names."""
    return _RUN_ID.fullmatch(value) is not None


def clean(text: str) -> str:
    """Without NUL and lone surrogates."""
    if "\0" in text:
        text = text.replace("\0", "")
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")


def without_escapes(text: str) -> str:
    """Without the sequences that colour a terminal or move its cursor."""
    return _ESCAPE.sub("", text) if "\x1b" in text else text


def clean_json(value: object) -> object:
    """The same for all texts in a JSON value."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [clean_json(each) for each in value]
    if isinstance(value, dict):
        return {clean(str(key)): clean_json(each) for key, each in value.items()}
    return value


class LineSplitter:
    """Cuts a byte stream into lines of text; an endless line comes in bounded pieces."""

    def __init__(self) -> None:
        self._held = b""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, data: bytes) -> Iterator[str]:
        """The lines that ``data`` completes."""
        *lines, rest = (self._held + data).split(b"\n")
        for line in lines:
            yield from self._pieces(line, final=True)
        while len(rest) > MAX_LINE_BYTES:
            piece, rest = rest[:MAX_LINE_BYTES], rest[MAX_LINE_BYTES:]
            yield clean(self._decoder.decode(piece))
        self._held = rest

    def finish(self) -> Iterator[str]:
        """What is left when the stream has ended."""
        held, self._held = self._held, b""
        if held:
            yield from self._pieces(held, final=True)

    def _pieces(self, line: bytes, *, final: bool) -> Iterator[str]:
        line = line.removesuffix(b"\r")
        for start in range(0, max(len(line), 1), MAX_LINE_BYTES):
            piece = line[start : start + MAX_LINE_BYTES]
            last = final and start + MAX_LINE_BYTES >= len(line)
            yield clean(self._decoder.decode(piece, last))
