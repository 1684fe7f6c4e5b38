"""Who gets in: 403 for nobody, 403 without the right, 404 out of reach."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from jobsmith.models import JobResult
from tests.integration.api.conftest import client_of
from tests.support.factories import make_job, make_result, make_user, make_worker

pytestmark = pytest.mark.django_db
JOBS = "/api/extras/jobs/"


def test_nobody_is_a_403_with_the_peers_sentence() -> None:
    answer = APIClient().get(JOBS)
    assert answer.status_code == 403
    assert answer.json() == {"detail": "Authentication credentials were not provided."}
    assert "WWW-Authenticate" not in answer


@pytest.mark.parametrize("value", ["Token nope", "Token jsm_a.b", "Bearer x", "Token "])
def test_a_wrong_token_is_a_403(value: str) -> None:
    answer = APIClient(HTTP_AUTHORIZATION=value).get(JOBS)
    assert (answer.status_code, answer.json()) == (403, {"detail": "Invalid token"})


def test_bearer_is_accepted_too(admin: APIClient) -> None:
    admin.defaults["HTTP_AUTHORIZATION"] = admin._credentials.get(
        "HTTP_AUTHORIZATION", admin.defaults["HTTP_AUTHORIZATION"]
    ).replace("Token", "Bearer")
    assert admin.get(JOBS).status_code == 200


def test_a_reading_token_may_not_write() -> None:
    user = make_user("olga", "view_job", "run_job")
    job = make_job()
    make_worker()
    client = client_of(user, write_enabled=False)
    assert client.get(JOBS).status_code == 200
    assert client.post(f"{JOBS}{job.pk}/run/", {}, format="json").status_code == 403
    assert not JobResult.objects.exists()


def test_a_session_needs_the_csrf_token_to_write() -> None:
    make_user("olga", "view_job", "run_job")
    client = APIClient(enforce_csrf_checks=True)
    client.login(username="olga", password="pw")
    assert client.get(JOBS).status_code == 200
    assert client.post(f"{JOBS}{make_job().pk}/run/", {}, format="json").status_code == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "jobs/"),
        ("get", "jobs/{missing}/"),
        ("patch", "jobs/{job}/"),
        ("post", "jobs/{job}/run/"),
        ("post", "jobs/{missing}/run/"),
        ("get", "jobs/{job}/variables/"),
        ("get", "job-results/"),
        ("delete", "job-results/{result}/"),
        ("get", "job-results/{result}/logs/"),
        ("post", "job-results/{result}/cancel/"),
        ("get", "job-logs/"),
        ("get", "job-queues/"),
        ("get", "file-proxies/"),
        ("get", "scheduled-jobs/"),
    ],
)
def test_without_the_right_every_address_is_a_403(as_user: Any, method: str, path: str) -> None:
    result = make_result()
    missing = "00000000-0000-0000-0000-000000000000"
    address = path.format(job=result.job_model_id, result=result.pk, missing=missing)
    answer = getattr(as_user(), method)(f"/api/extras/{address}", {}, format="json")
    assert answer.status_code == 403, answer.content


def test_nested_records_stay_brief_where_the_caller_may_not_see_them(as_user: Any) -> None:
    result = make_result()
    url = f"/api/extras/job-results/{result.pk}/?depth=1"
    brief = as_user("view_jobresult").get(url).json()["job_model"]
    assert list(brief) == ["id", "object_type", "url"]


def test_nested_records_are_whole_where_the_caller_may_see_them(admin: APIClient) -> None:
    result = make_result()
    nested = admin.get(f"/api/extras/job-results/{result.pk}/?depth=1").json()["job_model"]
    assert nested["class_path"] == "pings.Ping"
