"""What goes with a deleted record, and when."""

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from rest_framework.test import APIClient

from jobsmith.models import Job, JobFile, JobQueue, JobResult, Note, ObjectChange
from tests.support.factories import make_job, make_result, make_spec

RESULTS = "/api/extras/job-results/"
EXTRAS = "/api/extras/"


def run_with_file(job: Job, **fields: str) -> tuple[JobResult, Path]:
    run = make_result(job, **fields)
    row = JobFile(name="a.txt", job_result=run, kind=JobFile.Kind.OUTPUT, size=5)
    row.file.save("a.txt", ContentFile(b"hello"))
    return run, Path(row.file.path)


@pytest.mark.django_db(transaction=True)
def test_files_of_runs_go_in_bulk_after_the_commit_and_stay_when_one_is_refused(
    admin: APIClient,
) -> None:
    job = make_job(make_spec("Ping"))
    running, kept = run_with_file(job, status="STARTED")  # the oldest: its turn is the last one
    runs, files = zip(*(run_with_file(job, status="SUCCESS") for _ in range(2)), strict=True)
    body = [{"id": str(each.pk)} for each in runs]
    more = [*body, {"id": str(running.pk)}]
    assert admin.delete(RESULTS, more, format="json").status_code == 409
    assert all(each.exists() for each in files)
    assert admin.delete(RESULTS, body, format="json").status_code == 204
    assert [each.exists() for each in (*files, kept)] == [False, False, True]


@pytest.mark.django_db(transaction=True)
def test_the_file_of_one_run_goes_with_it(admin: APIClient) -> None:
    run, file = run_with_file(make_job(make_spec("Ping")), status="FAILURE")
    assert admin.delete(f"{RESULTS}{run.pk}/").status_code == 204
    assert not file.exists()


@pytest.mark.django_db
def test_notes_go_with_their_record_and_stay_in_the_trail(admin: APIClient) -> None:
    job, queue = make_job(make_spec("Ping")), JobQueue.objects.create(name="north")
    for kind, row in (("jobs", job), ("job-queues", queue)):
        made = admin.post(f"{EXTRAS}{kind}/{row.pk}/notes/", {"note": f"on {kind}"}, format="json")
        assert made.status_code == 201, made.content
    other = make_job(make_spec("Other"))
    admin.post(f"{EXTRAS}jobs/{other.pk}/notes/", {"note": "stays"}, format="json")
    for kind, row in (("jobs", job), ("job-queues", queue)):
        assert admin.delete(f"{EXTRAS}{kind}/{row.pk}/").status_code == 204
    assert list(Note.objects.values_list("note", flat=True)) == ["stays"]
    gone = ObjectChange.objects.filter(action="delete", object_label="jobsmith.note")
    assert {each.before["note"] for each in gone} == {"on jobs", "on job-queues"}
    assert {each.related_object_id for each in gone} == {str(job.pk), str(queue.pk)}


@pytest.mark.django_db
def test_notes_stay_when_their_record_is_still_needed(admin: APIClient) -> None:
    queue = make_job(make_spec("Ping")).default_job_queue
    admin.post(f"{EXTRAS}job-queues/{queue.pk}/notes/", {"note": "keep"}, format="json")
    assert admin.delete(f"{EXTRAS}job-queues/{queue.pk}/").status_code in (400, 409)
    assert Note.objects.filter(note="keep").exists()
    assert not ObjectChange.objects.filter(action="delete").exists()
