"""Job hooks as records: the REST dialect's keys and checks, and the pages."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from jobsmith.actions.fire_hooks import fire_all
from jobsmith.models import Job, JobHook
from jobsmith_server.inventory.models import Site
from tests.support import factories as make


@pytest.fixture
def browser(db: None) -> Client:
    found = Client()
    found.force_login(make.make_admin())
    return found


def post(browser: Client, job: Any, **more: Any) -> Any:
    body = {
        "name": "Answer",
        "content_types": ["inventory.site"],
        "job": str(job.pk),
        "type_create": True,
        **more,
    }
    return browser.post("/api/extras/job-hooks/", body, content_type="application/json")


def test_a_hook_is_made_edited_and_deleted(browser: Client, job: Any) -> None:
    made = post(browser, job, changed_fields=["city"])
    assert made.status_code == 201, made.content
    told = made.json()
    assert list(told)[5:] == [
        *("content_types", "enabled", "name", "type_create", "type_delete", "type_update"),
        *("job", "created", "last_updated", "notes_url", "custom_fields", "changed_fields"),
    ]
    assert (told["object_type"], told["changed_fields"]) == ("extras.jobhook", ["city"])
    address = f"/api/extras/job-hooks/{told['id']}/"
    edited = browser.patch(address, {"type_delete": True}, content_type="application/json")
    assert edited.json()["type_delete"] is True
    found = browser.get("/api/extras/job-hooks/?type_delete=true&content_types=inventory.site")
    assert [each["name"] for each in found.json()["results"]] == ["Answer"]
    assert browser.delete(address).status_code == 204


@pytest.mark.parametrize(
    ("more", "field", "said"),
    [
        ({"type_create": False}, "__all__", "at least one"),
        ({"content_types": []}, "content_types", "at least one"),
        ({"content_types": ["sessions.session"]}, "content_types", "not noted"),
        ({"changed_fields": ["nothing"]}, "changed_fields", "has a column nothing"),
        ({"name": ""}, "name", "may not be blank"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(
    browser: Client, job: Any, more: Any, field: str, said: str
) -> None:
    answer = post(browser, job, **more)
    assert answer.status_code == 400
    told = answer.json()
    assert said in str(told.get(field) or told.get("non_field_errors"))


def test_a_secret_column_narrows_nothing(browser: Client, job: Any, settings: Any) -> None:
    settings.JOBSMITH = {**settings.JOBSMITH, "AUDIT_SECRET_FIELDS": ("inventory.site.city",)}
    answer = post(browser, job, changed_fields=["city"])
    assert answer.status_code == 400
    assert "The column city is secret" in str(answer.json()["changed_fields"])
    assert not JobHook.objects.exists()


def test_two_hooks_do_not_answer_the_same_twice(browser: Client, job: Any) -> None:
    assert post(browser, job).status_code == 201
    again = post(browser, job, name="Again")
    assert "already" in str(again.json()["type_create"])
    other = {"name": "Other", "type_create": False, "type_update": True}
    assert post(browser, job, **other).status_code == 201


def test_who_sets_a_hook_up_must_be_able_to_run_its_job(job: Any) -> None:
    plain = make.make_job(make.make_spec("Plain"))
    olga = make.make_user("olga", "add_jobhook", "view_job")
    browser = Client()
    browser.force_login(olga)
    assert post(browser, job).status_code == 403
    make.grant(olga, "run", Job, {"name": "Plain"})
    assert post(browser, job).status_code == 404
    assert "not made for job hooks" in str(post(browser, plain).json()["job"])
    assert not JobHook.objects.exists()


def test_pages_make_a_hook_and_tell_what_it_answered(
    browser: Client, job: Any, hook: Callable[..., JobHook], tracked: None
) -> None:
    kind = make.ContentType.objects.get(app_label="inventory", model="site").pk
    form = {"name": "Answer", "job": job.pk, "content_types": [kind], "changed_fields": "city"}
    assert browser.post("/hooks/add/", form).status_code == 400
    assert browser.post("/hooks/add/", {**form, "type_create": "on"}).status_code == 302
    JobHook.objects.update(enabled=True)
    row = JobHook.objects.get()
    assert row.changed_fields == ["city"]
    Site.objects.create(name="Hall")
    fire_all()
    Job.objects.update(enabled=False)
    Site.objects.create(name="Hangar")
    fire_all()
    page = browser.get(f"/hooks/{row.pk}/").content.decode()
    assert "Hall" in page
    assert "This job is not enabled to be run." in page
    assert "inventory.site" in browser.get("/hooks/").content.decode()
    assert browser.get("/extras/job-hooks/").headers["location"] == "/hooks/"


def test_graphql_tells_hooks(browser: Client, job: Any, hook: Callable[..., JobHook]) -> None:
    hook(Site, name="Answer", changed_fields=["city"])
    query = "{ job_hooks { name content_types changed_fields job { job_hooks { name } } } }"
    told = browser.post("/api/graphql/", {"query": query}, content_type="application/json").json()
    assert told["data"]["job_hooks"] == [
        {
            "name": "Answer",
            "content_types": ["inventory.site"],
            "changed_fields": ["city"],
            "job": {"job_hooks": [{"name": "Answer"}]},
        }
    ]


def test_lists_of_hooks_take_as_many_queries_however_many_they_are(
    browser: Client, hook: Callable[..., JobHook], django_assert_max_num_queries: Any
) -> None:
    for _ in range(30):
        hook(Site)
    for address, most in (("/api/extras/job-hooks/?depth=1", 14), ("/hooks/", 30)):
        with django_assert_max_num_queries(most):
            assert browser.get(address).status_code == 200
