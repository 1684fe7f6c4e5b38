"""What GraphQL tells of a record is what REST tells of it."""

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from tests.integration.api.conftest import client_of
from tests.support.factories import make_admin, make_job, make_result, make_spec, make_worker

from .test_queries import data

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(db: None) -> APIClient:
    return client_of(make_admin())


def test_inputs_queue_and_meta_of_a_run_read_as_at_rest(admin: APIClient) -> None:
    file = {"file": "5a7c9541-6b33-4e68-af2c-1f21714e75ac", "name": "a.csv"}
    run = make_result(task_kwargs={"file": file, "text": "x"}, date_started=timezone.now())
    rest = admin.get(f"/api/extras/job-results/{run.pk}/").json()
    query = '{ job_result(id: "%s") { task_kwargs celery_kwargs meta url _custom_field_data } }'
    told = data(admin, query % run.pk)["job_result"]
    for name in ("task_kwargs", "celery_kwargs", "meta"):
        assert told[name] == rest[name], name
    assert told["task_kwargs"]["file"] == file["file"]
    assert rest["url"].endswith(told["url"])
    assert told["_custom_field_data"] == {}


def test_every_kind_of_record_has_its_address_at_rest(admin: APIClient) -> None:
    make_result(make_job())
    found = data(
        admin,
        "{ jobs { url dynamic_groups { name } job_queue_assignments { url } job_results { url } }"
        " job_queues { url } object_changes { url } }",
    )
    addresses = [found["jobs"][0]["url"], found["jobs"][0]["job_queue_assignments"][0]["url"]]
    addresses += [found["jobs"][0]["job_results"][0]["url"], found["job_queues"][0]["url"]]
    for address in addresses:
        assert admin.get(address).status_code == 200, address
    assert found["jobs"][0]["dynamic_groups"] == []


@pytest.mark.parametrize("name", ["123", "12345678901234567890", "face-b00c"])
def test_a_job_whose_name_looks_like_a_number_goes_by_its_name(admin: APIClient, name: str) -> None:
    make_worker(), make_job(make_spec(name))
    made = data(admin, f'mutation {{ run_job(job: "{name}") {{ name }} }}')
    assert made["run_job"] == {"name": name}
    assert admin.get(f"/api/extras/jobs/{name}/").json()["name"] == name


def test_a_repository_reads_as_at_rest_without_its_secrets(admin: APIClient) -> None:
    body = {"name": "Nets", "remote_url": "https://git.example.com/x.git", "token": "canary-81"}
    rest = admin.post("/api/extras/git-repositories/", body, format="json").json()
    names = "has_token has_private_key has_webhook_secret object_type"
    fields = f"{names} webhook_url owner {{ id object_type url }}"
    asked = admin.post(
        "/api/graphql/", {"query": f"{{ git_repositories {{ {fields} }} }}"}, format="json"
    )
    assert "canary-81" not in asked.content.decode()
    [told] = asked.json()["data"]["git_repositories"]
    assert {name: told[name] for name in names.split()} == {
        name: rest[name] for name in names.split()
    }
    assert (told["has_token"], told["has_webhook_secret"]) == (True, False)
    assert rest["webhook_url"].endswith(told["webhook_url"])
    owner = told["owner"]
    assert (owner["id"], owner["object_type"]) == (str(rest["owner"]), "users.user")
    assert admin.get(owner["url"]).json()["id"] == rest["owner"]


def test_changes_tell_what_they_are_about(admin: APIClient) -> None:
    admin.post("/api/extras/tags/", {"name": "core"}, format="json")
    rest = admin.get("/api/extras/object-changes/").json()["results"][0]
    fields = "changed_object_type related_object_type user { id } object_type"
    told = data(admin, f"{{ object_changes {{ {fields} }} }}")["object_changes"][0]
    assert told["user"] == {"id": str(rest["user"]["id"])}
    for name in ("changed_object_type", "related_object_type", "object_type"):
        assert told[name] == rest[name], name
