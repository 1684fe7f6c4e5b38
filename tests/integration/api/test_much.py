"""Answers over REST that stay small in memory, whatever a run has left behind."""

import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import AsyncClient
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from jobsmith.actions.tokens import create_token
from jobsmith.models import JobFile, JobLogEntry, JobResult
from jobsmith.streams.reading import PAGE_CHARS
from tests.integration.api.conftest import client_of
from tests.support.factories import grant, make_admin, make_job, make_result, make_spec, make_user

RESULTS = "/api/extras/job-results/"


def with_lines(count: int, text: str = "line") -> JobResult:
    run = make_result(status="SUCCESS", log_count=count)
    JobLogEntry.objects.bulk_create(
        JobLogEntry(job_result=run, seq=n, message=text, created=timezone.now())
        for n in range(1, count + 1)
    )
    return run


@pytest.mark.django_db
def test_a_long_log_is_the_same_list_in_pieces(admin: APIClient) -> None:
    run = with_lines(3500)
    answer = admin.get(f"{RESULTS}{run.pk}/logs/?depth=1")
    assert answer.streaming
    assert answer["Content-Type"] == "application/json"
    assert answer["API-Version"]
    pieces = list(answer.streaming_content)
    lines = json.loads(b"".join(pieces))
    assert [each["seq"] for each in lines] == list(range(1, 3501))
    assert lines[0]["job_result"]["status"]["value"] == "SUCCESS"
    assert len(pieces) >= 4
    few = admin.get(f"{RESULTS}{run.pk}/logs/?after=3400&limit=50")
    assert [each["seq"] for each in few.json()] == list(range(3401, 3451))
    many = admin.get(f"{RESULTS}{run.pk}/logs/?after=10&limit=2000")
    assert "after=2010" in many["Link"]
    assert [each["seq"] for each in json.loads(b"".join(many))] == list(range(11, 2011))
    rest = admin.get(f"{RESULTS}{run.pk}/logs/?after=3400&limit=2000")
    assert (len(rest.json()), rest.get("Link")) == (100, None)


@pytest.mark.django_db
def test_pieces_are_bounded_by_the_length_of_lines(admin: APIClient) -> None:
    run = with_lines(40, "x" * 60_000)
    pieces = list(admin.get(f"{RESULTS}{run.pk}/logs/"))
    assert len(json.loads(b"".join(pieces))) == 40
    assert max(map(len, pieces)) < 2 * PAGE_CHARS + 200_000  # its text is its name too


@pytest.mark.django_db(transaction=True)
@pytest.mark.asyncio
async def test_under_asgi_nothing_is_gathered_before_it_is_sent() -> None:
    run = await sync_to_async(with_lines)(3500)
    _, token = await sync_to_async(lambda: create_token(make_admin()))()
    file = await sync_to_async(with_file)(run)
    headers = {"Authorization": f"Token {token}"}
    answer = await AsyncClient().get(f"{RESULTS}{run.pk}/logs/", headers=headers)
    assert answer.is_async
    lines = json.loads(b"".join([piece async for piece in answer]))
    assert len(lines) == 3500
    address = f"/api/extras/file-proxies/{file.pk}/download/"
    answer = await AsyncClient().get(address, headers=headers)
    assert answer.is_async
    assert int(answer["Content-Length"]) == 600_000
    pieces = [piece async for piece in answer]
    assert b"".join(pieces) == b"x" * 600_000
    assert len(pieces) > 1
    await sync_to_async(lambda: connection.close())()


def with_file(run: JobResult) -> JobFile:
    row = JobFile(name="big.txt", job_result=run, size=600_000)
    row.file.save(row.name, SimpleUploadedFile("x", b"x" * 600_000), save=True)
    return row


@pytest.mark.django_db
def test_a_file_that_is_no_longer_in_storage_is_a_404(admin: APIClient) -> None:
    row = with_file(make_result())
    row.file.storage.delete(row.file.name)
    assert admin.get(f"/api/extras/file-proxies/{row.pk}/download/").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("path", [RESULTS, "/api/extras/job-logs/?depth=1"])
def test_sealed_inputs_are_not_even_read(admin: APIClient, path: str) -> None:
    with_lines(1)
    with CaptureQueriesContext(connection) as asked:
        answer = admin.get(path).json()
    assert answer["count"] == 1
    assert not [each["sql"] for each in asked if '"sealed_kwargs"' in each["sql"]]


@pytest.mark.django_db
def test_who_may_see_nested_records_is_asked_of_those_records_only() -> None:
    user = make_user("olga", "view_jobresult")
    grant(user, "view", JobFile, {"name": "seen.txt"})
    client = client_of(user)
    for n in range(3):
        run = make_result(make_job(make_spec(f"J{n}")))
        for name in ("seen.txt", "unseen.txt"):
            JobFile.objects.create(job_result=run, name=name, size=1)
    with CaptureQueriesContext(connection) as asked:
        runs = client.get(f"{RESULTS}?depth=1&exclude_m2m=false").json()["results"]
    names: list[Any] = [{file.get("name") for file in run["files"]} for run in runs]
    assert names == [{"seen.txt"}] * 3
    files = [each["sql"] for each in asked if 'FROM "jobsmith_jobfile"' in each["sql"]]
    assert len(files) == 1
    assert " IN (" in files[0]
