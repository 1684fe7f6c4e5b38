"""One form answers alike at every door."""

import time
from datetime import UTC, date, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict

from jobsmith.errors import InputsRefused, OptionsUnavailable
from jobsmith.inputs import codec, vault
from jobsmith.inputs.form import NoAnswers, build_form
from jobsmith.inputs.json_door import form_from_json
from jobsmith.inputs.schema import json_schema
from jobsmith.inputs.variables import wire_variables
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
    SecretVar,
    StringVar,
    TextVar,
    describe,
)


def spec_of(**variables):
    return describe(type("Sample", (Job,), variables))


def by_json(spec, data, **options):
    return form_from_json(spec, data, user=None, **options)


def refusals(form):
    form.is_valid()
    return {name: [str(each) for each in sentences] for name, sentences in form.errors.items()}


MANY = spec_of(
    string=StringVar(min_length=2, max_length=40, regex="^[a-z][a-z0-9-]*$", default="abc"),
    integer=IntegerVar(min_value=1, max_value=100, default=7),
    boolean=BooleanVar(default=True),
    choice=ChoiceVar(choices=(("a", "Apple"), ("b", "Banana")), default="b"),
    multichoice=MultiChoiceVar(choices=(("r", "Red"), ("g", "Green")), required=False),
    ip=IPAddressVar(required=False),
    ip_mask=IPAddressWithMaskVar(required=False),
    network=IPNetworkVar(required=False, min_prefix_length=8),
    json_var=JSONVar(required=False),
)
BAD = {
    "string": "A!",
    "integer": "1000",
    "choice": "zzz",
    "ip": "1.2.3",
    "ip_mask": "1.2.3.4",
    "network": "10.0.0.0/4",
    "json_var": "{bad",
}
SAID = {
    "string": ["Invalid value. Must match regex: ^[a-z][a-z0-9-]*$"],
    "integer": ["Ensure this value is less than or equal to 100."],
    "choice": ["Select a valid choice. zzz is not one of the available choices."],
    "ip": ["Invalid IPv4/IPv6 address format: 1.2.3"],
    "ip_mask": ["CIDR mask (e.g. /24) is required."],
    "network": [
        "10.0.0.0/4 is not a valid prefix. Did you mean 0.0.0.0/4?",
        "The prefix length must be greater than or equal to 8.",
    ],
    "json_var": ["Enter a valid JSON."],
}


def test_a_page_and_a_json_body_get_the_same_refusals():
    page = QueryDict(mutable=True)
    page.update(BAD)
    assert refusals(by_json(MANY, BAD)) == SAID
    assert refusals(build_form(MANY, data=page, user=None)) == SAID


def test_defaults_do_not_stand_in_for_what_a_body_leaves_out():
    assert refusals(by_json(MANY, {"integer": 5})) == {
        "string": ["This field is required."],
        "choice": ["This field is required."],
    }


@pytest.mark.parametrize(
    ("data", "errors"),
    [
        ("text", {"__all__": ["Job data needs to be a dict"]}),
        ({"nonsense": 1}, {"nonsense": ["Job data contained an unknown property"]}),
        ({"string": None}, {"__all__": ["string is a required field"]}),
    ],
)
def test_a_json_body_is_refused_before_its_fields_are_looked_at(data, errors):
    with pytest.raises(InputsRefused) as refused:
        by_json(MANY, data)
    assert refused.value.errors == errors


def test_every_variable_has_a_value():
    form = by_json(MANY, {"string": "abc", "integer": 5, "choice": "a"})
    assert form.is_valid(), form.errors
    values = form.clean_inputs.values
    assert values.keys() == {each.name for each in MANY.variables}
    assert (values["boolean"], values["ip"], values["multichoice"]) == (False, None, [])


def test_values_survive_the_record():
    spec = spec_of(
        ip=IPAddressVar(),
        mask=IPAddressWithMaskVar(),
        net=IPNetworkVar(),
        day=DateVar(),
        at=DateTimeVar(),
        number=FloatVar(),
        data=JSONVar(),
        several=MultiChoiceVar(choices=["x", "y"]),
    )
    form = by_json(
        spec,
        {
            "ip": "192.0.2.1",
            "mask": "192.0.2.1/24",
            "net": "2001:db8::/32",
            "day": "2026-01-02",
            "at": "2026-01-02T03:04:05Z",
            "number": 1.5,
            "data": {},
            "several": ["y"],
        },
    )
    assert form.is_valid(), form.errors
    plain, secret = codec.encode(spec, form.clean_inputs)
    assert secret == {}
    assert codec.decode(spec, plain) == form.clean_inputs.values
    assert form.clean_inputs.values["day"] == date(2026, 1, 2)
    assert form.clean_inputs.values["at"] == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert form.clean_inputs.values["data"] == {}


def test_zero_is_a_minimum_and_an_answer():
    spec = spec_of(count=IntegerVar(min_value=0))
    assert by_json(spec, {"count": 0}).is_valid()
    assert refusals(by_json(spec, {"count": -1})) == {
        "count": ["Ensure this value is greater than or equal to 0."]
    }


@pytest.mark.parametrize("value", [[1], {"a": 1}, "a\x00b", "\ud800"])
def test_text_is_text_that_a_database_holds(value):
    assert not by_json(spec_of(s=StringVar()), {"s": value}).is_valid()


@pytest.mark.parametrize("value", ["NaN", {"a": float("inf")}, {"a": "\x00"}, "[" * 100_000])
def test_json_is_json_that_a_database_holds(value):
    assert not by_json(spec_of(s=JSONVar()), {"s": value}).is_valid()


def test_a_slow_pattern_is_answered_within_a_second():
    slow = r"^(a|aa|a?a?)+$"
    schema = {"properties": {"x": {"pattern": slow}}, "patternProperties": {slow: {"type": "null"}}}
    spec = spec_of(s=StringVar(regex=slow), t=StringVar(regex="(a+)+$"), j=JSONVar(schema=schema))
    text = "a" * 50 + "!"
    started = time.process_time()  # a busy machine is not what is tested
    said = refusals(by_json(spec, {"s": text, "t": text, "j": {"x": text, text: 1}}))
    assert time.process_time() - started < 1
    assert said.keys() == {"s", "t", "j"}


def test_a_json_schema_is_checked_and_reaches_nothing_outside():
    inner = {"type": "object", "properties": {"n": {"type": "integer"}}}
    spec = spec_of(a=JSONVar(schema=inner), b=JSONVar(schema={"$ref": "http://127.0.0.1:9/x"}))
    said = refusals(by_json(spec, {"a": {"n": "x"}, "b": 1}))
    assert said["a"] == ["n: 'x' is not of type 'integer'"]
    assert "cannot be used" in said["b"][0]


SHOWING = {
    "kind": ChoiceVar(choices=["file", "text"]),
    "text": StringVar(show_when={"kind": "text"}),
    "note": StringVar(required_when={"kind": ["file"]}),
}


def test_a_hidden_variable_is_neither_asked_for_nor_kept():
    form = by_json(spec_of(**SHOWING), {"kind": "file", "text": "smuggled", "note": "n"})
    assert form.is_valid(), form.errors
    assert form.clean_inputs.values["text"] == ""
    assert form.hidden == {"text"}


def test_a_condition_decides_what_is_required():
    assert refusals(by_json(spec_of(**SHOWING), {"kind": "file"})) == {
        "note": ["This field is required."]
    }
    assert refusals(by_json(spec_of(**SHOWING), {"kind": "text"})) == {
        "text": ["This field is required."]
    }


def test_a_condition_may_refer_to_a_later_variable():
    spec = spec_of(text=StringVar(show_when={"on": True}), on=BooleanVar())
    assert by_json(spec, {}).is_valid()
    assert not by_json(spec, {"on": True}).is_valid()


class Towns(NoAnswers):
    def choices(self, variable, values):
        return [[f"{values['land']}-1", "One"]]

    def default(self, variable):
        return "fr"

    def validate(self, values):
        return {"land": ["Not today."]} if values["town"] == "de-1" else {}


class Trip(Job):
    land = ChoiceVar(choices=["fr", "de"], default=lambda: "fr")
    town = ChoiceVar(choices=lambda values: [], depends_on=["land"])

    @classmethod
    def validate_data(cls, data, files=None):
        return data


def test_choices_follow_the_variable_they_depend_on():
    spec = describe(Trip)
    page = build_form(spec, user=None, answers=Towns())
    assert 'value="fr-1"' in str(page["town"])
    assert page["land"].value() == "fr"
    assert by_json(spec, {"land": "fr", "town": "fr-1"}, answers=Towns()).is_valid()
    said = refusals(by_json(spec, {"land": "fr", "town": "de-1"}, answers=Towns()))
    assert said == {"town": ["Select a valid choice. de-1 is not one of the available choices."]}


def test_the_authors_own_validation_is_asked_at_every_door():
    said = refusals(by_json(describe(Trip), {"land": "de", "town": "de-1"}, answers=Towns()))
    assert said == {"land": ["Not today."]}


def test_code_that_does_not_answer_refuses_the_run_with_its_sentence():
    spec = describe(Trip)
    sentence = OptionsUnavailable().message
    assert build_form(spec, user=None).notices == {"land": sentence, "town": sentence}
    assert refusals(by_json(spec, {"land": "fr", "town": "fr-1"})) == {"town": [sentence]}


def test_secrets_are_sealed_and_never_shown_again():
    spec = spec_of(user=StringVar(), key=SecretVar())
    form = by_json(spec, {"user": "ada", "key": " hunter2 "})
    assert form.is_valid()
    plain, secret = codec.encode(spec, form.clean_inputs)
    assert (plain, secret) == ({"user": "ada"}, {"key": " hunter2 "})
    sealed = vault.seal(secret)
    assert "hunter2" not in sealed
    assert vault.open_sealed(sealed) == secret
    again = build_form(spec, initial={**plain, **secret}, user=None)
    assert "hunter2" not in str(again["key"])
    assert "ada" in str(again["user"])


def test_a_sensitive_job_seals_everything():
    class Sensitive(Job):
        a = StringVar()

        class Meta:
            has_sensitive_variables = True

    spec = describe(Sensitive)
    form = by_json(spec, {"a": "x"})
    assert form.is_valid()
    assert codec.encode(spec, form.clean_inputs) == ({}, {"a": "x"})


def test_uploads_are_handed_over_and_earlier_files_are_kept():
    spec = spec_of(file=FileVar())
    upload = SimpleUploadedFile("a.txt", b"abc")
    form = by_json(spec, {}, files={"file": upload})
    assert form.is_valid()
    assert form.clean_inputs.files == {"file": upload}
    kept = build_form(spec, data={}, initial={"file": {"file": "pk"}}, user=None)
    assert kept.is_valid()
    assert kept.clean_inputs.values == {"file": {"file": "pk"}}
    assert not by_json(spec, {"file": {"file": "pk"}}).is_valid()


def test_sections_keep_the_authors_order():
    spec = spec_of(a=StringVar(section="S"), b=StringVar(), c=StringVar(section="S"))
    shown = build_form(spec, user=None).sections
    assert [(title, [each.name for each in fields]) for title, fields in shown] == [
        ("", ["b"]),
        ("S", ["a", "c"]),
    ]


def test_the_record_decides_the_default_of_dryrun():
    class Dry(Job):
        dryrun = DryRunVar()

        class Meta:
            dryrun_default = True

    assert build_form(describe(Dry), user=None)["dryrun"].value() is True
    assert wire_variables(describe(Dry))[0]["default"] is False


def test_variables_are_told_to_clients():
    spec = spec_of(s=StringVar(label="L", min_length=2), t=TextVar(required=False))
    assert wire_variables(spec) == [
        {"name": "s", "type": "StringVar", "label": "L", "required": True, "min_length": 2},
        {"name": "t", "type": "TextVar", "required": False},
    ]


def test_the_json_schema_names_types_and_limits():
    schema = json_schema(MANY)
    assert schema["required"] == ["string", "integer", "choice"]
    assert schema["properties"]["integer"]["maximum"] == 100
    assert schema["properties"]["choice"]["enum"] == ["a", "b"]
