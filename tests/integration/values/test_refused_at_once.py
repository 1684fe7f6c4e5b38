"""What no database can hold is refused in one sentence, before a door looks anything up."""

import pytest

from jobsmith.errors import NotStorable, TooDeep
from jobsmith.models import JobResult
from jobsmith.specs import VariableSpec
from tests.support.factories import make_admin, make_job, make_spec, make_worker

pytestmark = pytest.mark.django_db
SENTENCE = NotStorable().message
OPTIONAL = {"required": False}
CUT_OFF = b'--B\r\nContent-Disposition: form-data; name="text"\r\n\r\nabc'


@pytest.fixture
def job():
    make_worker()
    variables = {"text": "StringVar", "json": "JSONVar", "file": "FileVar", "yes": "BooleanVar"}
    kinds = {**variables, "day": "DateVar", "at": "DateTimeVar", "number": "FloatVar"}
    return make_job(
        make_spec("Ping", *(VariableSpec(name=n, type=t, **OPTIONAL) for n, t in kinds.items()))
    )


@pytest.fixture
def anna(client):
    client.raise_request_exception = False
    client.force_login(make_admin())
    return client


def run(anna, job, body, kind="application/json"):
    return anna.post(f"/api/extras/jobs/{job.pk}/run/", body, content_type=kind)


@pytest.mark.parametrize(
    "address", ["/api/extras/jobs/?q=%00", "/api/extras/jobs/?x%00=1", "/api/extras/jobs/%00/"]
)
def test_the_api_answers_with_the_sentence(anna, address):
    answer = anna.get(address)
    assert (answer.status_code, answer.json()) == (400, {"detail": SENTENCE})


@pytest.mark.parametrize("path", ["/", "/runs/", "/extras/jobs/", "/tags/"])
def test_pages_answer_with_a_page(anna, path):
    answer = anna.get(f"{path}?q=%00", follow=True)
    assert answer.status_code == 400
    assert "NUL" in answer.content.decode()


@pytest.mark.parametrize(
    "body",
    [
        '{"data": {"text": "\\u0000"}}',
        '{"data": {"\\ud800": 1}}',
        '{"job_queue": "\\ud800"}',
        '{"data": {"json": {"\\ud800": 1}}}',
    ],
)
def test_bodies_are_refused_whole(anna, job, body):
    answer = run(anna, job, body)
    assert (answer.status_code, answer.json()) == (400, {"detail": SENTENCE})
    assert JobResult.objects.count() == 0


@pytest.mark.parametrize("levels", [150, 900, 100_000])
def test_deep_json_is_refused_at_every_door(anna, job, levels):
    deep = "[" * levels + "]" * levels
    asked = [
        run(anna, job, f'{{"data": {{"json": {deep}}}}}'),
        anna.post("/api/graphql/", f'{{"query": {deep}}}', content_type="application/json"),
        anna.post(f"/jobs/{job.pk}/run/", {"json": deep}),
    ]
    assert [each.status_code for each in asked] == [400, 400, 400]
    assert asked[0].json() == asked[1].json() == {"detail": TooDeep().message}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("day", "5"),
        ("day", "[1]"),
        ("at", "5"),
        ("at", "{}"),
        ("number", "1" + "0" * 400),
        ("number", "1e400"),
        ("number", "[]"),
        ("yes", '"x"'),
        ("yes", "{}"),
        ("file", '"some text"'),
        ("json", "1e400"),
    ],
)
def test_values_of_the_wrong_kind_are_told(anna, job, name, value):
    answer = run(anna, job, f'{{"data": {{"{name}": {value}}}}}')
    assert answer.status_code == 400
    assert JobResult.objects.count() == 0


@pytest.mark.parametrize(("said", "meant"), [('"0"', False), ('"1"', True), ("0", False)])
def test_words_for_no_mean_no(anna, job, said, meant):
    assert run(anna, job, f'{{"data": {{"yes": {said}}}}}').status_code == 201
    assert JobResult.objects.get().task_kwargs["yes"] is meant


def test_an_empty_list_is_json(anna, job):
    assert run(anna, job, '{"data": {"json": []}}').status_code == 201
    assert JobResult.objects.get().task_kwargs["json"] == []


def test_a_form_that_is_cut_off_runs_nothing(anna, job):
    answer = run(anna, job, CUT_OFF, "multipart/form-data; boundary=B")
    assert answer.status_code == 400
    assert "cut off" in answer.json()["detail"]
    assert JobResult.objects.count() == 0


def test_too_many_fields_and_too_large_forms_are_refused(anna, job):
    many = {f"field{number}": "x" for number in range(2000)}
    for address in (f"/api/extras/jobs/{job.pk}/run/", f"/jobs/{job.pk}/run/"):
        assert anna.post(address, many).status_code == 400
    assert anna.post(f"/jobs/{job.pk}/run/", {"text": "x" * 10_000_000}).status_code == 400
    assert JobResult.objects.count() == 0


def test_a_cookie_that_is_no_text_counts_as_not_sent(anna):
    anna.cookies["sessionid"].set("sessionid", "x", '"a\\000bbbbbbbbbbbbbbb"')
    assert anna.get("/runs/").status_code == 302
    assert anna.get("/api/extras/jobs/").status_code == 403
