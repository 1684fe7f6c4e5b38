"""What no database can hold is told from what only looks odd."""

from typing import Any

import pytest

from jobsmith.errors import NotStorable, TooDeep
from jobsmith.received import MOST_LEVELS, check_json, check_text, is_text


def nested(levels: int) -> Any:
    value: Any = 1
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


@pytest.mark.parametrize("text", ["a\x00b", chr(0xD800), "x" + chr(0xDCFF)])
def test_a_nul_and_half_a_pair_are_refused_wherever_they_stand(text: str) -> None:
    assert not is_text(text)
    with pytest.raises(NotStorable):
        check_text("fine", None, text)
    for value in (text, [text], {text: 1}, {"a": [{"b": text}]}):
        with pytest.raises(NotStorable):
            check_json(value)


@pytest.mark.parametrize("text", ["", "\ud7ff", "\U0001f600", "\u202e", "\r\n\t\x1b", "x" * 10_000])
def test_odd_text_is_text(text: str) -> None:
    check_text(text)
    check_json({text: [text]})


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), float("nan")])
def test_numbers_that_are_none_are_refused(number: float) -> None:
    with pytest.raises(NotStorable, match="number"):
        check_json({"a": [number]})


def test_depth_has_an_end() -> None:
    check_json(nested(MOST_LEVELS))
    for levels in (MOST_LEVELS + 1, 50_000):
        with pytest.raises(TooDeep):
            check_json(nested(levels))
