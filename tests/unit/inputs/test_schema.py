"""What the JSON Schema of a job's inputs accepts, the form accepts."""

import pytest
from jsonschema import Draft202012Validator

from jobsmith.errors import InputsRefused
from jobsmith.inputs.json_door import form_from_json
from jobsmith.inputs.schema import json_schema
from jobsmith.jobs import (
    BooleanVar,
    ChoiceVar,
    DateTimeVar,
    DateVar,
    DryRunVar,
    FileVar,
    FloatVar,
    IntegerVar,
    IPAddressVar,
    IPAddressWithMaskVar,
    IPNetworkVar,
    Job,
    JSONVar,
    MultiChoiceVar,
    ObjectVar,
    SecretVar,
    StringVar,
    TextVar,
    describe,
)
from jobsmith.specs import job_from_json, to_json

AUTHORS_SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "$defs": {"port": {"type": "integer", "maximum": 9}},
    "type": "object",
    "properties": {"port": {"$ref": "#/$defs/port"}},
    "required": ["port"],
}
CHOICES = [("a", "A"), ("Odd", [(1, "One"), (3, "Three")])]
VALUES = [
    *(None, "", " ", "abc", "ABC", "a", "x" * 41, "1", 0, 1, 3, 7, 101, 1.5, True, False),
    *([], ["a"], ["a", "1"], ["z"], [1], {}, {"port": 3}, {"port": 10}, {"name": "x"}),
    *("2026-01-31", "2026-02-31", "2026-01-31T18:00:00Z", "2026-01-31 18:00", "soon"),
    *("10.0.0.1", "10.0.0.300", "::1", "10.0.0.1/24", "10.0.0.0/24", "::/0", "10.0.0.0/99"),
]


def variables():
    """A maker of each kind of variable, with all that limits it; and a value it takes."""
    return {
        "string": (
            lambda **kw: StringVar(min_length=2, max_length=40, regex="^[a-z]", **kw),
            "abc",
        ),
        "text": (TextVar, "abc"),
        "secret": (SecretVar, "abc"),
        "integer": (lambda **kw: IntegerVar(min_value=1, max_value=100, **kw), 7),
        "float": (lambda **kw: FloatVar(min_value=0.5, **kw), 1.5),
        "boolean": (BooleanVar, True),
        "dry_run": (DryRunVar, False),
        "date": (DateVar, "2026-01-31"),
        "moment": (DateTimeVar, "2026-01-31T18:00:00Z"),
        "choice": (lambda **kw: ChoiceVar(choices=CHOICES, **kw), "1"),
        "choices": (lambda **kw: MultiChoiceVar(choices=CHOICES, **kw), ["a", "1"]),
        "address": (IPAddressVar, "::1"),
        "masked": (IPAddressWithMaskVar, "10.0.0.1/24"),
        "network": (lambda **kw: IPNetworkVar(min_prefix_length=8, **kw), "10.0.0.0/24"),
        "json": (JSONVar, {"name": "x"}),
        "json_by_schema": (lambda **kw: JSONVar(schema=AUTHORS_SCHEMA, **kw), {"port": 3}),
    }


NEEDS_ITS_READER = {"network", "masked", "address", "moment", "date"}
"""A format is checked by whoever reads the value; a schema names it."""


def spec_of(**found):
    return job_from_json(to_json(describe(type("Sample", (Job,), found))))


def form_takes(spec, data):
    try:
        return form_from_json(spec, data, user=None).is_valid()
    except InputsRefused:
        return False


def schema_takes(spec, data):
    schema = json_schema(spec)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema).is_valid(data)


@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize("kind", variables())
def test_what_the_schema_takes_the_form_takes(kind, required):
    make, example = variables()[kind]
    spec = spec_of(v=make(required=required))
    assert schema_takes(spec, {"v": example})
    assert schema_takes(spec, {}) == form_takes(spec, {})
    assert schema_takes(spec, {"v": None}) == form_takes(spec, {"v": None})
    taken = [value for value in VALUES if schema_takes(spec, {"v": value})]
    if kind not in NEEDS_ITS_READER:
        assert [value for value in taken if not form_takes(spec, {"v": value})] == []
    assert not schema_takes(spec, {"v": object()})


def test_it_says_which_dialect_it_is_and_takes_nothing_unknown():
    schema = json_schema(spec_of(host=StringVar(label="Your host", description="A name.")))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert (schema["type"], schema["title"]) == ("object", "Sample")
    assert (schema["required"], schema["additionalProperties"]) == (["host"], False)
    assert schema["properties"]["host"]["title"] == "Your host"
    assert schema["properties"]["host"]["description"] == "A name."


def test_files_do_not_travel_in_json_and_it_says_so():
    schema = json_schema(spec_of(host=StringVar(), log=FileVar()))
    assert list(schema["properties"]) == ["host"]
    assert "log" in schema["description"]
    assert "multipart/form-data" in schema["description"]


def test_a_secret_shows_no_default_and_is_marked():
    found = json_schema(spec_of(pin=SecretVar()))["properties"]["pin"]
    assert (found["format"], found["writeOnly"]) == ("password", True)


def test_records_go_by_key_or_lookups():
    schema = json_schema(spec_of(who=ObjectVar(model="users.user")))
    validator = Draft202012Validator(schema)
    for value, good in (
        (7, True),
        ("7", True),
        ({"username": "x"}, True),
        ("", False),
        ([], False),
    ):
        assert validator.is_valid({"who": value}) is good, value


CONDITIONAL = {
    "mode": lambda: ChoiceVar(choices=["plain", "fancy"]),
    "flag": lambda: BooleanVar(),
    "shown": lambda: StringVar(show_when={"mode": ["fancy"]}),
    "needed": lambda: StringVar(required=False, required_when={"flag": False}),
}


@pytest.mark.parametrize(
    "data",
    [
        {"mode": "plain"},
        {"mode": "plain", "flag": True},
        {"mode": "fancy", "flag": True},
        {"mode": "fancy", "flag": True, "shown": None},
        {"mode": "fancy", "flag": True, "shown": "x"},
        {"mode": "fancy", "flag": True, "shown": ""},
        {"mode": "plain", "flag": False},
        {"mode": "plain", "flag": False, "needed": "x"},
        {"mode": "plain", "needed": "x"},
    ],
)
def test_conditions_are_told(data):
    spec = spec_of(**{name: make() for name, make in CONDITIONAL.items()})
    assert schema_takes(spec, data) == form_takes(spec, data)
