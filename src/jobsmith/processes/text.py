"""Bytes and texts from anywhere, made fit for any database."""

import codecs
import re
from collections.abc import Callable, Iterator

MAX_LINE_CHARS = 64 * 1024
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
    """Cuts a byte stream into lines of text; an endless line comes in bounded pieces.

    ``mend`` changes texts before they are cut. It gets every ``reach`` characters that follow one
    another in one text at least, what came of an earlier call for the same text included.
    """

    def __init__(self, mend: Callable[[str], str] = str, reach: int = 0) -> None:
        self._mend = mend
        self._reach = reach
        self._held = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, data: bytes) -> Iterator[str]:
        """The lines that ``data`` completes."""
        *lines, self._held = (self._held + self._decoder.decode(data)).split("\n")
        for line in lines:
            yield from _pieces(self._mended(line.removesuffix("\r")))
        if len(self._held) > MAX_LINE_CHARS + self._reach:
            text = self._mended(self._held)
            end = max(0, len(text) - self._reach)
            self._held = text[end:]
            yield from _pieces(text[:end]) if end else ()

    def finish(self) -> Iterator[str]:
        """What is left when the stream has ended."""
        held, self._held = self._held + self._decoder.decode(b"", final=True), ""
        if held:
            yield from _pieces(self._mended(held.removesuffix("\r")))

    def _mended(self, text: str) -> str:
        return self._mend(clean(text))


def _pieces(text: str) -> Iterator[str]:
    for start in range(0, max(len(text), 1), MAX_LINE_CHARS):
        yield text[start : start + MAX_LINE_CHARS]
