"""Schedules through the REST door."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from jobsmith.inputs.vault import open_sealed
from jobsmith.models import Job, JobResult, ObjectChange, ScheduledJob
from jobsmith.specs import VariableSpec
from tests.support.factories import make_job, make_spec, make_user, make_worker

from .test_runs import run_url

pytestmark = pytest.mark.django_db

START = "2035-01-01T09:30:00"
DAILY = {"name": "Nightly", "interval": "daily", "start_time": f"{START}Z"}


@pytest.fixture
def job() -> Job:
    make_worker()
    return make_job(make_spec("Ping", VariableSpec(name="count", type="IntegerVar")))


def schedule(client: APIClient, job: Job, **asked: Any) -> Any:
    body = {"data": {"count": 3}, "schedule": asked}
    return client.post(run_url(job), body, format="json")


def test_a_run_with_a_schedule_is_a_schedule(admin: APIClient, job: Job) -> None:
    answer = schedule(admin, job, **DAILY)
    assert answer.status_code == 201, answer.content
    assert list(answer.json()) == ["scheduled_job", "job_result"]
    told = answer.json()["scheduled_job"]
    assert answer.json()["job_result"] is None
    assert (told["interval"], told["kwargs"], told["queue"]) == ("daily", {"count": 3}, "default")
    assert (told["start_time"], told["next_due_at"]) == (f"{START}Z", f"{START}Z")
    assert not JobResult.objects.exists()
    assert ObjectChange.objects.get(object_label="jobsmith.scheduledjob").action == "create"
    there = admin.get(f"/api/extras/scheduled-jobs/{told['id']}/")
    assert there.json()["display"] == "Nightly: daily"


def test_fields_of_a_form_say_the_same(admin: APIClient, job: Job) -> None:
    fields = {f"_schedule_{key}": value for key, value in DAILY.items()}
    answer = admin.post(run_url(job), {"count": "3", **fields}, format="multipart")
    assert answer.status_code == 201, answer.content
    assert answer.json()["scheduled_job"]["kwargs"] == {"count": 3}


def test_immediately_is_a_run(admin: APIClient, job: Job) -> None:
    answer = schedule(admin, job, interval="immediately")
    assert (answer.status_code, answer.json()["scheduled_job"]) == (201, None)
    assert answer.json()["job_result"]["status"]["value"] == "PENDING"


def test_a_start_without_an_offset_is_one_of_the_zone(admin: APIClient, job: Job) -> None:
    asked = {**DAILY, "start_time": START, "time_zone": "Europe/Berlin"}
    told = schedule(admin, job, **asked).json()["scheduled_job"]
    assert (told["start_time"], told["time_zone"]) == ("2035-01-01T08:30:00Z", "Europe/Berlin")


def test_a_crontab_needs_no_start(admin: APIClient, job: Job) -> None:
    asked = {"name": "Cron", "interval": "custom", "crontab": "*/15 3 * * mon"}
    told = schedule(admin, job, **asked).json()["scheduled_job"]
    assert told["start_time"] == told["next_due_at"]
    assert told["crontab"] == "*/15 3 * * mon"


@pytest.mark.parametrize(
    ("changes", "key", "sentence"),
    [
        ({"interval": "fortnightly"}, "interval", '"fortnightly" is not a valid choice.'),
        ({"interval": None}, "interval", "This field is required."),
        ({"interval": ["daily"]}, "interval", "\"['daily']\" is not a valid choice."),
        ({"name": ""}, "name", "Please provide a name for the job schedule."),
        ({"name": 5}, "name", "Not a valid string."),
        ({"name": "x" * 256}, "name", "Ensure this field has no more than 255 characters."),
        ({"start_time": None}, "start_time", "Please enter a valid date and time"),
        ({"start_time": "2015-01-01T00:00:00Z"}, "start_time", "Please enter a valid date"),
        ({"start_time": "soon"}, "start_time", "Please enter a valid date"),
        ({"start_time": "2035-13-01T00:00:00"}, "start_time", "Please enter a valid date"),
        ({"interval": "custom", "crontab": "bad"}, "crontab", "Enter five fields"),
        ({"interval": "custom"}, "crontab", "Enter five fields"),
        ({"interval": "custom", "crontab": "0 0 30 2 *"}, "crontab", "No month has that day."),
        ({"time_zone": "Mars/Olympus"}, "time_zone", '"Mars/Olympus" is no time zone.'),
        ({"misfire": "panic"}, "misfire", '"panic" is not a valid choice.'),
        ({"overlap": "panic"}, "overlap", '"panic" is not a valid choice.'),
        ({"end_time": "soon"}, "end_time", "Please enter a valid date and time."),
        ({"end_time": "2034-12-31T00:00:00Z"}, "end_time", "It would not be due any more before"),
        ({"pause_after_failures": -1}, "pause_after_failures", "Enter a whole number from 0"),
        ({"pause_after_failures": True}, "pause_after_failures", "Enter a whole number from 0"),
        ({"pause_after_failures": 1001}, "pause_after_failures", "Enter a whole number from 0"),
    ],
)
def test_what_is_wrong_is_told_by_key(
    admin: APIClient, job: Job, changes: dict[str, Any], key: str, sentence: str
) -> None:
    answer = schedule(admin, job, **{**DAILY, **changes})
    assert answer.status_code == 400
    [said] = answer.json()["schedule"][key]
    assert said.startswith(sentence)
    assert not ScheduledJob.objects.exists()


def test_overlap_end_and_failures_are_kept_and_told(admin: APIClient, job: Job) -> None:
    more = {"overlap": "replace", "end_time": "2035-01-01T10:30:00", "pause_after_failures": 5}
    answer = schedule(admin, job, **DAILY, **more, time_zone="Europe/Berlin")
    told = answer.json()["scheduled_job"]
    assert (told["overlap"], told["pause_after_failures"]) == ("replace", 5)
    assert told["end_time"] == "2035-01-01T09:30:00Z"
    query = "{ scheduled_jobs { overlap end_time pause_after_failures } }"
    [row] = admin.post("/api/graphql/", {"query": query}, format="json").json()["data"][
        "scheduled_jobs"
    ]
    assert (row["overlap"], row["pause_after_failures"]) == ("REPLACE", 5)


def test_a_name_is_taken_once(admin: APIClient, job: Job) -> None:
    assert schedule(admin, job, **DAILY).status_code == 201
    answer = schedule(admin, job, **DAILY)
    taken = {"schedule": {"name": ["A schedule with this name exists already."]}}
    assert (answer.status_code, answer.json()) == (400, taken)


def test_a_wrong_schedule_is_told_before_a_wrong_queue_and_wrong_inputs(
    admin: APIClient, job: Job
) -> None:
    body = {"data": {}, "job_queue": "none", "schedule": {"interval": "never"}}
    assert list(admin.post(run_url(job), body, format="json").json()) == ["schedule"]
    body["schedule"] = DAILY
    assert list(admin.post(run_url(job), body, format="json").json()) == ["task_queue"]
    body["job_queue"] = "default"
    assert list(admin.post(run_url(job), body, format="json").json()) == ["errors"]


def test_secret_inputs_are_sealed_and_never_told(admin: APIClient) -> None:
    make_worker()
    job = make_job(make_spec("Login", VariableSpec(name="password", type="SecretVar")))
    body = {"data": {"password": "hunter22"}, "schedule": DAILY}
    answer = admin.post(run_url(job), body, format="json")
    assert answer.status_code == 201
    assert b"hunter22" not in answer.content
    row = ScheduledJob.objects.get()
    assert (row.kwargs, open_sealed(row.sealed_kwargs)) == ({}, {"password": "hunter22"})
    change = ObjectChange.objects.get(object_label="jobsmith.scheduledjob")
    assert change.after["sealed_kwargs"] == "(hidden)"


def test_a_sensitive_job_is_refused_unless_the_server_allows_it(
    admin: APIClient, settings: Any
) -> None:
    make_worker()
    spec = make_spec("Ping", VariableSpec(name="count", type="IntegerVar"))
    job = make_job(spec, has_sensitive_variables=True, overridden=["has_sensitive_variables"])
    answer = schedule(admin, job, **DAILY)
    sentence = "Unable to schedule job: Job may have sensitive input variables"
    assert answer.status_code == 400
    assert answer.json() == {"schedule": {"interval": [sentence]}}
    settings.JOBSMITH = settings.JOBSMITH | {"SCHEDULE_SENSITIVE": True}
    assert schedule(admin, job, **DAILY).json()["scheduled_job"]["kwargs"] == {}


def test_without_a_worker_there_is_no_schedule(admin: APIClient) -> None:
    job = make_job(make_spec("Ping", VariableSpec(name="count", type="IntegerVar")))
    assert schedule(admin, job, **DAILY).status_code == 503
    assert not ScheduledJob.objects.exists()


def test_the_right_to_run_is_the_right_to_schedule(job: Job) -> None:
    for rights, status in ((("run_job",), 201), (("add_scheduledjob", "view_job"), 403)):
        client = APIClient()
        client.force_authenticate(make_user(f"user{status}", *rights))
        assert schedule(client, job, **DAILY).status_code == status


def test_schedules_are_deleted_and_not_edited(admin: APIClient, job: Job) -> None:
    key = schedule(admin, job, **DAILY).json()["scheduled_job"]["id"]
    url = f"/api/extras/scheduled-jobs/{key}/"
    assert admin.patch(url, {"enabled": False}, format="json").status_code == 405
    assert admin.post("/api/extras/scheduled-jobs/", {}, format="json").status_code == 405
    assert admin.delete(url).status_code == 204
    assert admin.get(url).status_code == 404


def test_a_schedule_is_paused_resumed_skipped_and_run(admin: APIClient, job: Job) -> None:
    made = schedule(admin, job, **DAILY).json()["scheduled_job"]
    address = f"/api/extras/scheduled-jobs/{made['id']}/"
    assert admin.post(f"{address}pause/").json()["enabled"] is False
    assert admin.post(f"{address}skip/").status_code == 400  # nothing is due in a pause
    assert admin.post(f"{address}resume/").json()["next_due_at"] == f"{START}Z"
    assert admin.post(f"{address}skip/").json()["next_due_at"] == "2035-01-02T09:30:00Z"
    ran = admin.post(f"{address}run/")
    assert (ran.status_code, ran.json()["task_kwargs"]) == (201, {"count": 3})
    assert JobResult.objects.get().scheduled_job_id == ScheduledJob.objects.get().pk
    assert admin.get(address).json()["next_due_at"] == "2035-01-02T09:30:00Z"


def test_graphql_skips_runs_and_deletes_a_schedule(admin: APIClient, job: Job) -> None:
    key = schedule(admin, job, **DAILY).json()["scheduled_job"]["id"]

    def ask(verb: str, shown: str) -> Any:
        query = f'mutation {{ {verb}(id: "{key}") {shown} }}'
        return admin.post("/api/graphql/", {"query": query}, format="json").json()["data"][verb]

    skipped = ask("skip_scheduled_job", "{ next_due_at }")
    assert skipped["next_due_at"].startswith("2035-01-02T09:30:00")
    assert ask("run_scheduled_job", "{ status }") == {"status": "PENDING"}
    assert ask("delete_scheduled_job", "") is True
    assert not ScheduledJob.objects.exists()
    assert JobResult.objects.count() == 1
