"""Lists as CSV, for those who read them in a spreadsheet."""

import csv
import json
from io import StringIO
from typing import Any

import pytest
from rest_framework.test import APIClient

from jobsmith.models import Tag
from tests.support.factories import make_job, make_result, make_spec

pytestmark = pytest.mark.django_db
JOBS = "/api/extras/jobs/"


def rows_of(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.content
    return list(csv.DictReader(StringIO(answer.content.decode())))


def test_a_list_is_a_table_by_header_and_by_parameter(admin: APIClient) -> None:
    job = make_job(make_spec("Ping"), description="two\nlines, one comma")
    job.tags.set([Tag.objects.create(name=name, color="ff0000") for name in ("a", "b")])
    by_header = admin.get(JOBS, headers={"Accept": "text/csv; q=1"})
    by_parameter = admin.get(f"{JOBS}?format=csv")
    assert by_header["Content-Type"] == "text/csv; charset=UTF-8"
    assert by_header["Content-Disposition"] == 'attachment; filename="job.csv"'
    assert by_header["API-Version"] == "3.2"
    assert by_header.content == by_parameter.content
    (row,) = rows_of(by_header)
    assert (row["id"], row["name"], row["enabled"]) == (str(job.pk), "Ping", "True")
    assert row["default_job_queue"] == str(job.default_job_queue_id)
    assert set(row["tags"].split(",")) == {str(each.pk) for each in job.tags.all()}
    assert "url" not in row


def test_it_has_the_rows_of_the_filtered_page(admin: APIClient) -> None:
    for number in range(3):
        make_job(make_spec(f"J{number}"))
    page = rows_of(admin.get(f"{JOBS}?format=csv&sort=name&limit=2&offset=1"))
    assert [each["name"] for each in page] == ["J1", "J2"]
    assert rows_of(admin.get(f"{JOBS}?format=csv&name=nobody")) == []


def test_a_choice_is_its_value_and_a_result_is_whole(admin: APIClient) -> None:
    make_result(make_job(), status="SUCCESS", result={"id": 5, "value": 6})
    (row,) = rows_of(admin.get("/api/extras/job-results/?format=csv"))
    assert row["status"] == "SUCCESS"
    assert json.loads(row["result"]) == {"id": 5, "value": 6}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_a_formula_becomes_text(admin: APIClient, text: str) -> None:
    Tag.objects.create(name=text, color="ff0000")
    (row,) = rows_of(admin.get("/api/extras/tags/?format=csv"))
    assert row["name"] == "'" + text


def test_refusals_stay_json(admin: APIClient, as_user: Any) -> None:
    refused = admin.get(f"{JOBS}?format=csv&nonsense=1")
    assert (refused.status_code, refused["Content-Type"]) == (400, "application/json")
    assert refused.json() == {"nonsense": ["Unknown filter field"]}
    assert as_user().get(f"{JOBS}?format=csv").status_code == 403


def test_a_client_that_takes_only_json_or_asks_for_one_record_is_told(admin: APIClient) -> None:
    job = make_job()
    asked = [
        admin.get(f"{JOBS}?format=csv", headers={"Accept": "application/json"}),
        admin.get(f"{JOBS}{job.pk}/?format=csv"),
    ]
    assert [each.status_code for each in asked] == [406, 406]


@pytest.mark.parametrize("suffix", ["re", "nre", "ire", "nire"])
def test_regular_expressions_are_refused(admin: APIClient, suffix: str) -> None:
    refused = admin.get(f"{JOBS}?name__{suffix}=(a%2B)%2B$")
    assert refused.status_code == 400
    assert refused.json() == {f"name__{suffix}": ["Unknown filter field"]}
