"""A request to run that is repeated with its key gives one run."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from jobsmith.actions.once import forget_old_keys
from jobsmith.models import IdempotencyKey, Job, JobResult, Worker
from jobsmith.models.job_file import file_storage
from jobsmith.specs import VariableSpec
from tests.support.factories import make_admin, make_job, make_result, make_spec, make_worker

from .conftest import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def job(request: pytest.FixtureRequest) -> Job:
    request.getfixturevalue("db")
    make_worker()
    variables = (
        VariableSpec(name="count", type="IntegerVar", required=False),
        VariableSpec(name="upload", type="FileVar", required=False),
    )
    return make_job(make_spec("Count", *variables))


def run(client: APIClient, job: object, key: str, count: int = 3) -> Any:
    body = {"data": {"count": count}}
    url = f"/api/extras/jobs/{job}/run/"
    return client.post(url, body, format="json", headers={"Idempotency-Key": key})


def test_the_same_request_gets_the_first_run_by_id_and_by_name(admin: APIClient, job: Job) -> None:
    first = run(admin, job.pk, "k1")
    assert first.status_code == 201
    for address in (job.pk, job.name):
        again = run(admin, address, "k1")
        assert (again.status_code, again.json()) == (201, first.json())
    assert JobResult.objects.count() == 1
    assert run(admin, job.pk, "k2").json()["job_result"]["id"] != first.json()["job_result"]["id"]


def test_the_first_run_is_the_answer_even_when_no_worker_is_left(
    admin: APIClient, job: Job
) -> None:
    first = run(admin, job.pk, "k1").json()
    Worker.objects.all().delete()
    Job.objects.update(enabled=False)
    assert run(admin, job.pk, "k1").json() == first
    assert run(admin, job.pk, "k2").status_code == 403


def test_a_refused_request_does_not_use_its_key_up(admin: APIClient, job: Job) -> None:
    Worker.objects.all().delete()
    assert run(admin, job.pk, "k1").status_code == 503
    make_worker()
    assert run(admin, job.pk, "k1").status_code == 201


def test_another_body_or_another_job_is_a_conflict(admin: APIClient, job: Job) -> None:
    other = make_job(make_spec("Other", VariableSpec(name="count", type="IntegerVar")))
    run(admin, job.pk, "k1", 3)
    for address, count in ((job.pk, 4), (other.pk, 3)):
        refused = run(admin, address, "k1", count)
        assert refused.status_code == 409
        assert refused.json()["detail"].startswith("This Idempotency-Key came with another")
    assert JobResult.objects.count() == 1


def test_files_belong_to_the_request(admin: APIClient, job: Job) -> None:
    def upload(content: bytes) -> Any:
        body = {"count": "1", "upload": SimpleUploadedFile("a.txt", content)}
        headers = {"Idempotency-Key": "k1"}
        return admin.post(f"/api/extras/jobs/{job.pk}/run/", body, headers=headers)

    first = upload(b"one")
    assert first.status_code == 201, first.content
    assert upload(b"one").json() == first.json()
    assert upload(b"two").status_code == 409
    with JobResult.objects.get().files.get().file.open("rb") as stored:
        assert stored.read() == b"one"


def test_another_caller_has_keys_of_their_own(admin: APIClient, job: Job) -> None:
    run(admin, job.pk, "k1")
    assert run(client_of(make_admin("second")), job.pk, "k1", 4).status_code == 201


def test_a_key_is_forgotten_after_a_day(admin: APIClient, job: Job) -> None:
    first = run(admin, job.pk, "k1").json()["job_result"]["id"]
    yesterday = timezone.now() - timedelta(hours=24, seconds=1)
    IdempotencyKey.objects.update(created=yesterday)
    assert run(admin, job.pk, "k1", 4).json()["job_result"]["id"] != first
    assert forget_old_keys() == 0
    IdempotencyKey.objects.update(created=yesterday)
    assert forget_old_keys() == 1


def test_a_deleted_run_is_not_run_again_by_its_key(admin: APIClient, job: Job) -> None:
    run(admin, job.pk, "k1")
    JobResult.objects.all().delete()
    refused = run(admin, job.pk, "k1")
    assert (refused.status_code, "has been deleted" in refused.json()["detail"]) == (409, True)


@pytest.mark.parametrize("key", ["", "with space", "k" * 256, "ключ"])
def test_what_is_no_key_is_refused(admin: APIClient, job: Job, key: str) -> None:
    refused = run(admin, job.pk, key)
    assert (refused.status_code, "visible ASCII" in refused.json()["detail"]) == (400, True)
    assert not JobResult.objects.exists()


def test_a_rerun_is_repeated_the_same_way(admin: APIClient, job: Job) -> None:
    earlier, other = (make_result(job, task_kwargs={"count": 1}) for _ in range(2))

    def rerun(result: JobResult) -> Any:
        url = f"/api/extras/job-results/{result.pk}/rerun/"
        return admin.post(url, headers={"Idempotency-Key": "k1"})

    first = rerun(earlier)
    assert first.status_code == 201, first.content
    assert rerun(earlier).json() == first.json()
    assert rerun(other).status_code == 409
    assert JobResult.objects.exclude(rerun_of=None).count() == 1


def test_the_description_names_the_header(admin: APIClient) -> None:
    paths = admin.get("/api/swagger.json").json()["paths"]
    for path in ("/api/extras/jobs/{id}/run/", "/api/extras/job-results/{id}/rerun/"):
        names = [each["name"] for each in paths[path]["post"]["parameters"]]
        assert "Idempotency-Key" in names


def stored_files() -> set[Path]:
    return {each for each in Path(file_storage().path("")).rglob("*") if each.is_file()}


@pytest.fixture
def threads_end() -> Iterator[list[Thread]]:
    threads: list[Thread] = []
    yield threads
    for each in threads:
        each.join()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs writers at the same time")
@pytest.mark.django_db(transaction=True)
def test_requests_at_the_same_time_give_one_run(threads_end: list[Thread], job: Job) -> None:
    client, together, answers = client_of(make_admin()), Barrier(8), []
    kept = stored_files()

    def ask() -> None:
        body = {"count": "1", "upload": SimpleUploadedFile("a.txt", b"hello")}
        together.wait()
        own = APIClient(HTTP_AUTHORIZATION=client.defaults["HTTP_AUTHORIZATION"])
        headers = {"Idempotency-Key": "k1"}
        answers.append(own.post(f"/api/extras/jobs/{job.pk}/run/", body, headers=headers))
        connection.close()

    threads_end += [Thread(target=ask) for _ in range(8)]
    for each in threads_end:
        each.start()
    for each in threads_end:
        each.join()
    assert [each.status_code for each in answers] == [201] * 8
    assert len({each.json()["job_result"]["id"] for each in answers}) == 1
    assert JobResult.objects.count() == 1
    assert len(stored_files() - kept) == 1
