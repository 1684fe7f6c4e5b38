"""What a job class says becomes its spec."""

import json
import subprocess
import sys

import pytest

from jobsmith.jobs import (
    BooleanVar,
    ChoiceVar,
    DryRunVar,
    IntegerVar,
    Job,
    MultiChoiceVar,
    ObjectVar,
    SecretVar,
    StringVar,
    TextVar,
    describe,
    describe_all,
    is_job,
    register_jobs,
    registry,
)
from jobsmith.specs import job_from_json, to_json


@pytest.fixture(autouse=True)
def _empty_registry():
    registry.clear()
    yield
    registry.clear()


class Base(Job):
    first = StringVar()
    second = IntegerVar()


class Child(Base):
    third = TextVar()
    first = StringVar(label="Again")

    class Meta:
        field_order = ["third", "unknown"]


def test_fields_of_base_classes_come_first_and_field_order_comes_before_all():
    assert [each.name for each in describe(Child).variables] == ["third", "first", "second"]
    assert describe(Child).variables[1].label == "Again"


def test_a_plain_class_attribute_beats_meta():
    class Plain(Job):
        description = "plain"

        class Meta:
            description = "meta"

    assert Plain.description == "plain"
    assert describe(Plain).description == "plain"


def test_a_variable_called_name_does_not_rename_the_job():
    class Named(Job):
        name = StringVar()

    spec = describe(Named)
    assert spec.name == "Named"
    assert [each.name for each in spec.variables] == ["name"]


@pytest.mark.parametrize(
    ("option", "value"),
    [("name", 1), ("hidden", "yes"), ("time_limit", 1.5), ("task_queues", "q"), ("field_order", 1)],
)
def test_a_wrong_type_in_meta_is_named(option, value):
    bad = type("Bad", (Job,), {"Meta": type("Meta", (), {option: value})})
    with pytest.raises(TypeError, match=f"Meta.{option} should be"):
        describe(bad)


def test_meta_is_inherited_only_when_it_subclasses():
    class Parent(Job):
        class Meta:
            hidden = True

    class Fresh(Parent):
        class Meta:
            name = "Fresh one"

    class Same(Parent):
        class Meta(Parent.Meta):
            name = "Same"

    assert not describe(Fresh).hidden
    assert describe(Same).hidden


def test_a_minimum_of_zero_is_kept():
    class Zero(Job):
        count = IntegerVar(min_value=0)

    assert describe(Zero).variables[0].min_value == 0


def test_booleans_are_never_required_and_dryrun_makes_a_job_dry_runnable():
    class Dry(Job):
        flag = BooleanVar(required=True)
        dryrun = DryRunVar(default=True)

        class Meta:
            dryrun_default = True

    spec = describe(Dry)
    assert spec.supports_dryrun
    assert spec.dryrun_default
    assert [each.required for each in spec.variables] == [False, False]
    assert spec.variables[1].default is False
    assert spec.variables[1].description == "Check to run job in dryrun mode."


def test_what_is_code_is_marked_dynamic():
    class Dynamic(Job):
        a = ChoiceVar(choices=lambda: [("x", "X")], default=lambda: "x")
        b = MultiChoiceVar(choices=lambda values: [], depends_on=["a"])

    a, b = describe(Dynamic).variables
    assert a.dynamic == ["default", "choices"]
    assert a.choices is None
    assert b.depends_on == ["a"]


def test_grouped_choices_survive_json():
    class Grouped(Job):
        a = ChoiceVar(choices=[("Group", [(1, "One")]), ("b", "B")])

    spec = job_from_json(json.loads(json.dumps(to_json(describe(Grouped)))))
    assert spec.variables[0].choices == [["Group", [[1, "One"]]], ["b", "B"]]


def test_an_object_variable_needs_a_model():
    with pytest.raises(TypeError, match="needs a model"):
        ObjectVar()


def test_a_queryset_is_deprecated():
    with pytest.warns(DeprecationWarning, match="model="):
        ObjectVar(queryset=lambda: None)


def test_a_secret_may_not_have_a_default():
    class Leaky(Job):
        key = SecretVar(default="hunter2")

    with pytest.raises(ValueError, match="may not have a default"):
        describe(Leaky)


def test_one_bad_class_is_a_problem_with_its_place_and_hides_no_other():
    class Good(Job):
        pass

    class Bad(Job):
        pattern = StringVar(regex="(")

    class Lost(Job):
        a = StringVar(show_when={"nobody": 1})

    register_jobs(Bad, Good, Lost)
    specs, problems = describe_all()
    assert [spec.job_class_name for spec in specs] == ["Good"]
    assert [problem.file for problem in problems] == [__file__, __file__]
    assert all(problem.line > 0 for problem in problems)
    assert "no regular expression" in problems[0].message
    assert "nobody" in problems[1].message


def test_the_first_class_of_a_path_wins():
    first = type("Twin", (Job,), {"__module__": "m"})
    second = type("Twin", (Job,), {"__module__": "m"})
    register_jobs(first, second)
    assert registry.registered() == {"m.Twin": first}


def test_the_base_classes_are_no_jobs():
    assert not is_job(Job)
    assert is_job(Base)
    assert not is_job(Base())


def test_importing_the_author_api_needs_no_settings_and_no_records():
    code = (
        "import sys, jobsmith.jobs; from django.conf import settings; "
        "assert not settings.configured; assert 'jobsmith.models' not in sys.modules; "
        "assert 'django.db' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
