"""Console bytes become lines that every database holds."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobsmith.processes.text import MAX_LINE_CHARS, LineSplitter, clean, without_escapes


def lines_of(*pieces: bytes) -> list[str]:
    splitter = LineSplitter()
    found = [line for piece in pieces for line in splitter.feed(piece)]
    return found + list(splitter.finish())


def test_lines_are_cut_at_newlines_only() -> None:
    assert lines_of(b"one\ntw", b"o\r\n\nlast") == ["one", "two", "", "last"]


def test_a_character_cut_in_two_is_mended() -> None:
    snowman = "☃".encode()
    assert lines_of(b"a" + snowman[:1], snowman[1:] + b"\n") == ["a☃"]


def test_an_endless_line_comes_in_bounded_pieces() -> None:
    found = lines_of(*[b"x" * 100_000] * 10)
    assert sum(map(len, found)) == 1_000_000
    assert max(map(len, found)) <= MAX_LINE_CHARS


def hide(text: str) -> str:
    return text.replace("hunter22", "***")


@pytest.mark.parametrize("size", [1000, 7919, 100_000, 1_000_000])
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_what_is_to_be_hidden_is_found_across_every_cut(size: int, end: bytes) -> None:
    data = b"".join(b"x" * (MAX_LINE_CHARS - 8 + at) + b"hunter22" for at in range(10)) + end
    splitter = LineSplitter(hide, reach=100)
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    found = [line for piece in pieces for line in splitter.feed(piece)]
    found += splitter.finish()
    assert "".join(found) == data.decode().removesuffix("\n").replace("hunter22", "***")
    assert max(map(len, found)) <= MAX_LINE_CHARS


@given(st.lists(st.binary()))
def test_no_bytes_make_a_text_that_cannot_be_stored(pieces: list[bytes]) -> None:
    for line in lines_of(*pieces):
        assert "\0" not in line
        line.encode()


@given(st.text(alphabet=st.characters(codec=None, categories=None)))
def test_cleaning_keeps_what_is_fine(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert "\0" not in cleaned


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("plain [31m text", "plain [31m text"),
        ("\x1b[31mred\x1b[0m and \x1b[1;38;5;200mpink\x1b[m", "red and pink"),
        ("50 %\x1b[2K\x1b[1G60 %", "50 %60 %"),
        ("\x1b]0;a title\x07text", "text"),
        ("\x1b]8;;https://example.org\x1b\\here\x1b]8;;\x1b\\", "here"),
        ("\x1b(Bmc\x1b7", "mc"),
        ("cut\x1b", "cut"),
        ("cut\x1b[38;5", "cut38;5"),
    ],
)
def test_terminal_escapes_are_left_out(written: str, shown: str) -> None:
    assert without_escapes(written) == shown


@given(st.text(alphabet="\x1b\x07[]0;m \\aé"))
def test_no_escape_is_left(text: str) -> None:
    assert "\x1b" not in without_escapes(text)


@pytest.mark.parametrize("piece", ["\x1b[", "\x1b]", "\x1b[0;", "\x1b ", "\x1b]8;;x"])
def test_half_escapes_do_not_take_long(piece: str) -> None:
    began = time.monotonic()
    without_escapes(piece + "0" * 32_000)
    without_escapes(piece * 10_000)
    assert time.monotonic() - began < 1
