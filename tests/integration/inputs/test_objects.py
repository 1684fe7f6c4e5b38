"""Records are found only where the caller may look, and only by what may be asked."""

import uuid

import pytest
from django.contrib.auth import get_user_model

from jobsmith.errors import InputsRefused
from jobsmith.inputs import codec
from jobsmith.inputs.form import NoAnswers, build_form
from jobsmith.inputs.json_door import form_from_json
from jobsmith.jobs import (
    ChoiceVar,
    Job,
    MultiObjectVar,
    ObjectVar,
    StringVar,
    answers,
    describe,
)
from jobsmith.models import JobFile, JobQueue, JobResult, Token
from jobsmith.specs import MOST_RECORDS

pytestmark = pytest.mark.django_db
MISSING = "Select a valid choice. That choice is not one of the available choices."


def spec_of(**variables):
    return describe(type("Sample", (Job,), variables))


def everything(model, user):
    return model._default_manager.all()


def only_queues(model, user):
    rows = model._default_manager.all()
    return rows if model is JobQueue else rows.none()


def by_json(spec, data, viewable=everything):
    return form_from_json(spec, data, user=None, viewable=viewable)


def refusal(spec, data, viewable=everything):
    form = by_json(spec, data, viewable)
    assert not form.is_valid()
    return next(iter(form.errors.values()))[0]


ONE = {"obj": ObjectVar(model="jobsmith.JobQueue")}


def queue(name):
    return JobQueue.objects.create(name=name)


def test_a_record_is_found_by_key_and_by_lookups():
    fast = queue("fast")
    for value in (str(fast.pk), {"name": "fast"}, {"name__in": ["fast"]}, {"pk": str(fast.pk)}):
        form = by_json(spec_of(**ONE), {"obj": value})
        assert form.is_valid(), form.errors
        assert form.clean_inputs.values["obj"] == fast


def test_a_missing_record_is_refused_like_one_out_of_sight():
    fast = queue("fast")
    gone = "00000000-0000-0000-0000-000000000000"
    assert refusal(spec_of(**ONE), {"obj": gone}) == MISSING
    hidden = lambda model, user: model._default_manager.none()  # noqa: E731
    assert refusal(spec_of(**ONE), {"obj": str(fast.pk)}, hidden) == MISSING


class Many(NoAnswers):
    """A queryset of more records than can be chosen."""

    def __init__(self, first):
        self.first = first

    def pks(self, variable):
        return [str(self.first.pk)] + [str(uuid.UUID(int=n)) for n in range(MOST_RECORDS)]


@pytest.mark.filterwarnings("ignore:queryset= is deprecated")
@pytest.mark.parametrize("kind", [ObjectVar, MultiObjectVar])
def test_a_queryset_that_is_cut_says_so_beside_the_field_and_in_the_refusal(kind):
    fast, slow = (
        queue("fast"),
        JobQueue.objects.create(id=uuid.UUID(int=MOST_RECORDS - 1), name="s"),
    )
    spec = spec_of(obj=kind(model="jobsmith.JobQueue", queryset=lambda: JobQueue.objects.all()))
    options = {"user": None, "answers": Many(fast), "viewable": everything}
    assert "more than 10,000 records" in build_form(spec, **options).notices["obj"]
    values = [[str(each.pk)] if kind is MultiObjectVar else str(each.pk) for each in (fast, slow)]
    good, bad = (form_from_json(spec, {"obj": value}, **options) for value in values)
    assert good.is_valid(), good.errors
    assert "more than 10,000 records" in bad.errors["obj"][0]


@pytest.mark.filterwarnings("ignore:queryset= is deprecated")
def test_code_tells_one_key_more_than_can_be_chosen(monkeypatch):
    monkeypatch.setattr(answers, "MOST_RECORDS", 2)
    for number in range(4):
        queue(f"q{number}")
    variable = ObjectVar(model="jobsmith.JobQueue", queryset=JobQueue.objects.order_by("name"))
    found = answers.pks(type("Sample", (Job,), {"obj": variable}), "obj")
    assert len(found) == 3


def test_a_malformed_key_is_refused_as_clients_know_it():
    with pytest.raises(InputsRefused) as refused:
        by_json(spec_of(**ONE), {"obj": "nope"})
    assert refused.value.errors == {"__all__": ["“nope” is not a valid UUID."]}


@pytest.mark.parametrize(
    "lookup",
    [
        {"secret_hash": "x"},
        {"key": "x"},
        {"user__password": "x"},
        {"user__password__startswith": "x"},
        {"description__startswith": "a"},
        {"user__jobsmith_tokens": "x"},
        {"nonsense": 1},
        {"__": 1},
    ],
)
def test_what_may_not_be_asked_is_refused(lookup):
    user = get_user_model().objects.create_user("ada", password="pw")
    Token.objects.create(user=user, key="x", secret_hash="x", description="abc")
    spec = spec_of(obj=ObjectVar(model="jobsmith.Token"))
    assert "is not a field that can be looked up" in refusal(spec, {"obj": lookup})


def test_a_relation_is_followed_only_to_what_may_be_viewed():
    user = get_user_model().objects.create_user("ada")
    result = JobResult.objects.create(name="r", user=user, class_path="a.B")
    spec = spec_of(obj=ObjectVar(model="jobsmith.JobResult"))
    assert by_json(spec, {"obj": {"user__username": "ada"}}).is_valid()

    def no_users(model, caller):
        rows = model._default_manager.all()
        return rows if model is JobResult else rows.none()

    assert "looked up" in refusal(spec, {"obj": {"user__username": "ada"}}, no_users)
    assert by_json(spec, {"obj": str(result.pk)}, no_users).is_valid()


def test_query_params_narrow_and_follow_other_variables_on_submit_too():
    fast, slow = queue("fast"), queue("slow")
    spec = spec_of(
        which=ChoiceVar(choices=["fast", "slow"]),
        obj=ObjectVar(model=JobQueue, query_params={"name": "$which"}),
    )
    assert by_json(spec, {"which": "fast", "obj": str(fast.pk)}).is_valid()
    assert refusal(spec, {"which": "fast", "obj": str(slow.pk)}) == MISSING


def test_several_records_arrive_as_a_queryset_and_all_must_be_there():
    fast, slow = queue("fast"), queue("slow")
    spec = spec_of(objs=MultiObjectVar(model=JobQueue))
    form = by_json(spec, {"objs": [str(fast.pk), str(slow.pk)]})
    assert form.is_valid(), form.errors
    plain, _ = codec.encode(spec, form.clean_inputs)
    assert set(codec.decode(spec, plain)["objs"]) == {fast, slow}
    gone = "00000000-0000-0000-0000-000000000000"
    said = refusal(spec, {"objs": [str(fast.pk), gone]})
    assert said == f"Failed to find requested objects for var objs: [{gone}]"
    assert refusal(spec, {"objs": []}) == "This field is required."


def test_chosen_records_are_read_once_however_many_variables_follow(
    django_assert_num_queries,
):
    chosen = [str(queue(name).pk) for name in ("fast", "slow")]
    objs = {f"objs{n}": MultiObjectVar(model=JobQueue) for n in range(3)}
    words = {f"word{n}": StringVar() for n in range(20)}
    spec = spec_of(**objs, **words)
    form = by_json(spec, dict.fromkeys(objs, chosen) | dict.fromkeys(words, "x"))
    with django_assert_num_queries(2 * len(objs)):  # to find them, and to know their keys
        assert form.is_valid(), form.errors
        assert set(form.json_values()["objs2"]) == set(chosen)


def test_a_null_option_is_an_answer():
    spec = spec_of(obj=ObjectVar(model=JobQueue, null_option="Nothing"))
    form = by_json(spec, {"obj": "null"})
    assert form.is_valid(), form.errors
    assert form.clean_inputs.values["obj"] is None


def test_a_record_that_is_gone_when_the_run_starts_is_named():
    fast = queue("fast")
    spec = spec_of(**ONE)
    plain = {"obj": str(fast.pk)}
    fast.delete()
    with pytest.raises(InputsRefused, match="obj no longer exists"):
        codec.decode(spec, plain)


def test_a_page_offers_what_may_be_viewed_and_what_was_chosen():
    fast = queue("fast")
    page = build_form(
        spec_of(**ONE), user=None, viewable=only_queues, initial={"obj": str(fast.pk)}
    )
    assert f'<option value="{fast.pk}" selected>fast</option>' in str(page["obj"])


def test_a_model_that_is_not_installed_is_refused_and_breaks_no_page():
    spec = spec_of(obj=ObjectVar(model="nowhere.Thing"))
    assert "</select>" in str(build_form(spec, user=None, viewable=everything)["obj"])
    assert not build_form(spec, data={"obj": "1"}, user=None, viewable=everything).is_valid()


def test_a_stored_file_is_opened_under_its_own_name():
    from django.core.files.base import ContentFile

    from jobsmith.jobs import FileVar

    record = JobFile(name="report.txt")
    record.file.save("x", ContentFile(b"abc"))
    record.save()
    file = codec.decode(spec_of(f=FileVar()), {"f": {"file": str(record.pk)}})["f"]
    assert (file.name, file.read()) == ("report.txt", b"abc")
    file.close()
