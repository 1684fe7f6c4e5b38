"""Console bytes become lines that every database holds."""

from hypothesis import given
from hypothesis import strategies as st

from jobsmith.processes.text import MAX_LINE_BYTES, LineSplitter, clean


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
    assert max(map(len, found)) <= MAX_LINE_BYTES


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
