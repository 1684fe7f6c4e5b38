"""Running, cancelling and deleting by REST."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from jsonschema import Draft202012Validator
from rest_framework.test import APIClient

from jobsmith.conf import conf
from jobsmith.inputs.vault import open_sealed
from jobsmith.models import Job, JobFile, JobLogEntry, JobQueue, JobResult
from jobsmith.specs import VariableSpec
from jobsmith_server.settings import base
from tests.support.factories import make_job, make_result, make_spec, make_worker

pytestmark = pytest.mark.django_db
RESULTS = "/api/extras/job-results/"


def run_url(job: Job) -> str:
    return f"/api/extras/jobs/{job.pk}/run/"


def counting_job(**fields: Any) -> Job:
    count = VariableSpec(name="count", type="IntegerVar", max_value=9)
    return make_job(make_spec("Count", count), **fields)


def test_a_run_is_recorded_with_its_inputs(admin: APIClient) -> None:
    make_worker()
    answer = admin.post(run_url(counting_job()), {"data": {"count": 3}}, format="json")
    assert answer.status_code == 201
    assert list(answer.json()) == ["scheduled_job", "job_result"]
    result = JobResult.objects.get(pk=answer.json()["job_result"]["id"])
    assert (result.task_kwargs, result.door, result.status) == ({"count": 3}, "api", "PENDING")


def test_the_schema_of_a_jobs_inputs_is_that_of_data(admin: APIClient, as_user: Any) -> None:
    make_worker()
    job = counting_job()
    for key in (job.pk, job.name):
        answer = admin.get(f"/api/extras/jobs/{key}/schema/")
        assert answer.status_code == 200
    schema = answer.json()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for data, status in (({"count": 3}, 201), ({"count": 10}, 400), ({}, 400), ({"x": 1}, 400)):
        assert Draft202012Validator(schema).is_valid(data) is (status == 201)
        assert admin.post(run_url(job), {"data": data}, format="json").status_code == status
    user = as_user("view_jobresult")
    assert user.get(f"/api/extras/jobs/{job.pk}/schema/").status_code == 403
    assert admin.get(f"/api/extras/jobs/{uuid4()}/schema/").status_code == 404


@pytest.mark.parametrize("sealed", [True, False])
def test_an_override_decides_whether_inputs_are_sealed(admin: APIClient, sealed: bool) -> None:
    make_worker()
    spec = make_spec(
        "Count",
        VariableSpec(name="count", type="IntegerVar"),
        VariableSpec(name="pin", type="SecretVar"),
        has_sensitive_variables=not sealed,
    )
    job = make_job(spec, has_sensitive_variables=sealed, overridden=["has_sensitive_variables"])
    body = {"data": {"count": 3, "pin": "1234"}}
    answer = admin.post(run_url(job), body, format="json")
    assert answer.status_code == 201
    shown = {} if sealed else {"count": 3}
    assert answer.json()["job_result"]["task_kwargs"] == shown
    result = JobResult.objects.get()
    secret = {"count": 3, "pin": "1234"} if sealed else {"pin": "1234"}
    assert (result.task_kwargs, open_sealed(result.sealed_kwargs)) == (shown, secret)


def test_words_that_clients_add_are_ignored(admin: APIClient) -> None:
    make_worker()
    body = {"data": {"count": 3}, "job_id": "x", "commit": True, "job_queue": "default"}
    assert admin.post(run_url(counting_job()), body, format="json").status_code == 201


def test_a_file_and_flat_fields_come_by_multipart(admin: APIClient) -> None:
    make_worker()
    file = VariableSpec(name="upload", type="FileVar")
    count = VariableSpec(name="count", type="IntegerVar")
    job = make_job(make_spec("Files", file, count))
    body = {
        "upload": SimpleUploadedFile("a.txt", b"hello"),
        "count": "4",
        "_job_queue": "default",
        "_schedule_name": "",
    }
    answer = admin.post(run_url(job), body, format="multipart")
    assert answer.status_code == 201, answer.content
    stored = JobFile.objects.get(job_result_id=answer.json()["job_result"]["id"])
    with stored.file.open("rb") as content:
        assert content.read() == b"hello"
    assert answer.json()["job_result"]["task_kwargs"] == {"count": 4, "upload": str(stored.pk)}


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"data": {"count": 3}, "schedule": {"interval": "daily"}}, "schedule"),
        ({"data": {"count": 3}, "schedule": []}, "schedule"),
        ({"data": {"count": 3}, "job_queue": 5}, "task_queue"),
        ({"data": {}}, "errors"),
        ({"data": {"count": None}}, "errors"),
        ([1], "non_field_errors"),
    ],
)
def test_what_is_wrong_with_a_body_is_named(admin: APIClient, body: Any, answer: str) -> None:
    make_worker()
    refused = admin.post(run_url(counting_job()), body, format="json")
    assert (refused.status_code, list(refused.json())) == (400, [answer])
    assert not JobResult.objects.exists()


def test_a_body_with_inputs_as_large_as_they_may_be_is_read(admin: APIClient) -> None:
    make_worker()
    job = make_job(make_spec("Says", VariableSpec(name="text", type="TextVar")))
    body = {"data": {"text": "x" * (conf().max_input_bytes - 1000)}}
    assert admin.post(run_url(job), body, format="json").status_code == 201


def test_json_as_large_as_promised_is_read_whatever_django_would_hold(
    admin: APIClient, settings: Any
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2000
    make_worker()
    job = make_job(make_spec("Says", VariableSpec(name="text", type="TextVar")))
    large = "x" * 3000
    assert admin.post(run_url(job), {"data": {"text": large}}, format="json").status_code == 201
    asked = {"query": "{ jobs { name } }", "variables": {"text": large}}
    told = admin.post("/api/graphql/", asked, format="json")
    assert told.status_code == 200, told.content
    settings.JOBSMITH = settings.JOBSMITH | {"MAX_INPUT_BYTES": 2000}
    assert admin.post("/api/graphql/", asked, format="json").status_code == 413


def test_the_server_reads_forms_of_inputs_that_are_as_large_as_they_may_be() -> None:
    assert conf().max_input_bytes < base.DATA_UPLOAD_MAX_MEMORY_SIZE


@pytest.mark.parametrize("form", ["json", "multipart", "urlencoded"])
def test_a_body_over_the_limit_is_refused_unread(
    admin: APIClient, settings: Any, form: str
) -> None:
    make_worker()
    settings.JOBSMITH = settings.JOBSMITH | {"MAX_INPUT_BYTES": 2000}
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2000
    url = run_url(make_job(make_spec("Says", VariableSpec(name="text", type="TextVar"))))
    kind = {"content_type": "application/x-www-form-urlencoded"} if form == "urlencoded" else {}
    for text, status in (("x" * 500, 201), ("x" * 3000, 413)):
        body: Any = {"data": {"text": text}} if form == "json" else {"text": text}
        body = f"text={text}" if kind else body
        answer = admin.post(url, body, **(kind or {"format": form}))
        assert answer.status_code == status, answer.content
    assert answer.json()["detail"].startswith("The ")
    assert JobResult.objects.count() == 1


def test_a_body_that_is_nested_without_end_is_no_json(admin: APIClient) -> None:
    answer = admin.post(run_url(counting_job()), "[" * 100_000, content_type="application/json")
    assert answer.status_code == 400
    assert "nested too deeply" in answer.json()["detail"]


def test_the_checks_come_in_the_order_that_clients_know(admin: APIClient) -> None:
    everything_wrong = {"data": {"count": "x"}, "job_queue": "nope"}
    job = counting_job(enabled=False, installed=False)

    def status() -> tuple[int, list[str]]:
        answer = admin.post(run_url(job), everything_wrong, format="json")
        return answer.status_code, list(answer.json())

    assert status() == (403, ["detail"])
    Job.objects.filter(pk=job.pk).update(enabled=True)
    assert status() == (405, ["detail"])
    Job.objects.filter(pk=job.pk).update(installed=True)
    assert status() == (400, ["task_queue"])
    everything_wrong.pop("job_queue")
    assert status() == (400, ["errors"])
    everything_wrong["data"] = {"count": 1}
    assert status() == (503, ["detail"])


def test_without_a_worker_nothing_is_recorded_and_clients_are_told_to_come_back(
    admin: APIClient,
) -> None:
    answer = admin.post(run_url(counting_job()), {"data": {"count": 1}}, format="json")
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert not JobResult.objects.exists()


def test_a_missing_object_is_a_400(admin: APIClient) -> None:
    make_worker()
    spec = make_spec("Obj", VariableSpec(name="q", type="ObjectVar", model="jobsmith.jobqueue"))
    missing = {"data": {"q": "00000000-0000-0000-0000-000000000000"}}
    answer = admin.post(run_url(make_job(spec)), missing, format="json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["q"])


def test_a_waiting_run_is_cancelled_at_once(admin: APIClient) -> None:
    result = make_result()
    url = f"{RESULTS}{result.pk}/cancel/"
    assert admin.get(url).json()["job_status"] == "PENDING"
    body = admin.post(url, {}, format="json").json()
    assert (body["status"]["label"], body["canceled_by_user_name"]) == ("REVOKED", "admin")
    again = admin.post(url, {}, format="json")
    assert (again.status_code, admin.get(url).status_code) == (409, 409)


def test_somebody_elses_run_is_not_cancelled(as_user: Any) -> None:
    url = f"{RESULTS}{make_result().pk}/cancel/"
    assert as_user("view_jobresult").post(url, {}, format="json").status_code == 403


def test_a_run_that_has_ended_is_deleted_and_one_that_has_not_is_kept(admin: APIClient) -> None:
    done, waiting = make_result(status="SUCCESS"), make_result(make_job(make_spec("Two")))
    assert admin.delete(f"{RESULTS}{done.pk}/").status_code == 204
    assert admin.delete(f"{RESULTS}{waiting.pk}/").status_code == 409
    assert list(JobResult.objects.all()) == [waiting]


def test_logs_are_a_bare_list_oldest_first(admin: APIClient) -> None:
    result = make_result()
    for seq in (2, 1):
        JobLogEntry.objects.create(
            job_result=result, seq=seq, message=f"line {seq}", created=timezone.now()
        )
    body = admin.get(f"{RESULTS}{result.pk}/logs/").json()
    assert [line["message"] for line in body] == ["line 1", "line 2"]


def test_a_file_is_only_ever_an_attachment(admin: APIClient) -> None:
    row = JobFile(name="page.html", job_result=make_result(), content_type="text/html")
    row.file.save(row.name, SimpleUploadedFile("x", b"<script>"), save=True)
    answer = admin.get(f"/api/extras/file-proxies/{row.pk}/download/")
    assert answer["Content-Disposition"] == 'attachment; filename="page.html"'
    assert answer["Content-Type"] == "application/octet-stream"
    assert b"".join(answer.streaming_content) == b"<script>"
    answer.close()


def test_an_override_is_set_and_cleared(admin: APIClient) -> None:
    url = f"/api/extras/jobs/{counting_job().pk}/"
    held = {"description": "Mine", "description_override": True, "enabled": False}
    body = admin.patch(url, held, format="json").json()
    assert (body["description"], body["description_override"]) == ("Mine", True)
    assert body["enabled"] is False
    body = admin.patch(url, {"description_override": False}, format="json").json()
    assert (body["description"], body["description_override"]) == ("", False)


def test_queues_are_given_by_name_or_id(admin: APIClient) -> None:
    fast = JobQueue.objects.create(name="fast")
    url = f"/api/extras/jobs/{counting_job().pk}/?exclude_m2m=false"
    body = {"job_queues": ["default", str(fast.pk)], "job_queues_override": True}
    answer = admin.patch(url, body, format="json").json()
    assert (answer["task_queues"], len(answer["job_queues"])) == (["default", "fast"], 2)
    refused = admin.patch(url, {"default_job_queue": "nope"}, format="json")
    assert refused.json() == {"default_job_queue": ["Related object not found: nope"]}


def test_a_value_without_its_flag_is_refused_by_field(admin: APIClient) -> None:
    url = f"/api/extras/jobs/{counting_job().pk}/"
    answer = admin.patch(url, {"grouping": "Mine"}, format="json")
    assert (answer.status_code, list(answer.json())) == (400, ["grouping"])
