"""A plain typed function is a job."""

import enum
import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, BinaryIO, Literal, Optional

import pytest

from jobsmith.errors import InputsRefused
from jobsmith.jobs import IntegerVar, Job, describe, job, registry
from jobsmith.testing import run_job


class Colour(enum.Enum):
    DARK_RED = "red"
    BLUE = "blue"


@dataclass
class Port:
    number: int
    tags: list[str] = field(default_factory=list)


@dataclass
class Box:
    port: Port
    colour: Colour = Colour.BLUE


class Rule:
    """Has the two methods by which models of pydantic are known."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    @classmethod
    def model_json_schema(cls) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {"limit": {"type": "integer"}},
            "required": ["limit"],
        }

    @classmethod
    def model_validate(cls, value: dict[str, Any]) -> "Rule":
        return cls(**value)


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    registry.clear()


@job
def count_words(text: str, top: int = 3, *, running: Job) -> list[str]:
    """Count words.

    The most frequent ones come first.

    Args:
        text: What to count
            the words of.
        top (int): How many rows.

    Returns:
        The words.
    """
    running.logger.info("counting")
    return sorted(set(text.split()))[:top]


def test_it_makes_the_same_spec_as_a_class() -> None:
    spec = describe(count_words.job)
    assert (spec.class_path, spec.name) == (f"{__name__}.count_words", "Count words")
    assert spec.description == "Count words.\n\nThe most frequent ones come first."
    assert (spec.file, spec.line) == (__file__, count_words.__code__.co_firstlineno)
    text, top = spec.variables
    assert (text.name, text.type, text.required) == ("text", "StringVar", True)
    assert text.description == "What to count the words of."
    assert (top.type, top.required, top.default) == ("IntegerVar", False, 3)
    assert top.description == "How many rows."


def test_it_stays_a_function_and_runs_in_one_line_of_a_test() -> None:
    run = run_job(count_words, text="b a c d")
    assert (run.status, run.result) == ("SUCCESS", ["a", "b", "c"]), run.traceback
    assert "counting" in run.messages
    with pytest.raises(InputsRefused):
        run_job(count_words, text="a", top="many")


def test_options_are_those_of_meta() -> None:
    @job(name="Quick", soft_time_limit=5, has_sensitive_variables=True)
    def quick() -> None: ...

    spec = describe(quick.job)
    assert (spec.name, spec.soft_time_limit, spec.has_sensitive_variables) == ("Quick", 5, True)
    with pytest.raises(TypeError, match="no option colour"):
        job(colour="red")


def test_every_annotation_has_its_variable_and_its_value() -> None:
    @job
    def everything(
        name: str,
        share: float,
        really: bool,
        day: date,
        colour: Colour,
        size: Literal[1, 2],
        colours: list[Colour],
        box: Box,
        rule: Rule,
        address: ipaddress.IPv4Address,
        network: ipaddress.IPv6Network,
        upload: BinaryIO,
        anything: dict[str, Any],
        limited: Annotated[int, IntegerVar(max_value=5)],
        told: Annotated[str, "Some help."],
        maybe: int | None,
        perhaps: Optional[Colour] = None,  # noqa: UP045 - both spellings are in use
        usual: Colour = Colour.DARK_RED,
    ) -> list[Any]:
        assert isinstance(rule, Rule)
        assert isinstance(box, Box)
        return [
            f"{name} {share} {really} {day:%d.%m.} {colour.name} {size + 1}",
            [each.name for each in colours],
            [box.port.number + 1, box.port.tags, box.colour.name],
            rule.limit,
            [address.is_private, network.prefixlen, upload.read().decode(), anything],
            [limited, told, maybe, perhaps, usual.name],
        ]

    given: dict[str, Any] = {
        "name": "x",
        "share": 0.5,
        "really": True,
        "day": "2026-02-03",
        "colour": "red",
        "size": "2",
        "colours": ["blue", "red"],
        "box": {"port": {"number": 1, "tags": ["a"]}},
        "rule": {"limit": 7},
        "address": "10.0.0.1",
        "network": "2001:db8::/32",
        "upload": b"content",
        "anything": {"a": 1},
        "limited": 5,
        "told": "y",
    }
    run = run_job(everything, **given)
    assert run.status == "SUCCESS", run.traceback
    assert run.result == [
        "x 0.5 True 03.02. DARK_RED 3",
        ["BLUE", "DARK_RED"],
        [2, ["a"], "BLUE"],
        7,
        [True, 32, "content", {"a": 1}],
        [5, "y", None, None, "DARK_RED"],
    ]
    specs = {each.name: each for each in describe(everything.job).variables}
    assert specs["colour"].choices == [["red", "Dark red"], ["blue", "Blue"]]
    assert specs["told"].description == "Some help."
    assert specs["usual"].default == "red"
    for wrong in (
        {"limited": 6},
        {"size": "3"},
        {"box": {"port": {"number": "one"}}},
        {"box": {"port": {"number": 1, "colour": 2}}},
        {"rule": {}},
    ):
        with pytest.raises(InputsRefused) as refused:
            run_job(everything, **given | wrong)
        assert list(refused.value.errors) == list(wrong)


def test_what_cannot_be_asked_for_is_refused_when_the_file_is_loaded() -> None:
    def strange(thing: object) -> None: ...
    def listed(*many: int) -> None: ...
    def taken(run: str) -> None: ...

    with pytest.raises(TypeError, match=r"strange: thing: .* has no JSON form"):
        job(strange)
    with pytest.raises(TypeError, match=r"listed: .*many.* cannot be asked for by name"):
        job(listed)
    with pytest.raises(TypeError, match="may not be called run"):
        job(taken)


def test_other_ways_of_writing_help_are_read_too() -> None:
    @job
    def sphinx(first: str, second: str = "x") -> None:
        """Does it.

        :param first: The first
            of two.
        :param str second: The other.
        :returns: nothing
        """

    spec = describe(sphinx.job)
    assert spec.description == "Does it."
    assert [each.description for each in spec.variables] == ["The first of two.", "The other."]
