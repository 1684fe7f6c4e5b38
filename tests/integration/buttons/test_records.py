"""Job buttons as records: the REST dialect's keys and checks, and the pages."""

from typing import Any

import pytest
from django.test import Client

from jobsmith.models import JobButton
from tests.support import factories as make


@pytest.fixture
def browser(db: None) -> Client:
    found = Client()
    found.force_login(make.make_admin())
    return found


@pytest.fixture
def job(db: None) -> Any:
    return make.make_job(make.make_spec("Reboot"), is_job_button_receiver=True)


def post(browser: Client, **body: Any) -> Any:
    return browser.post("/api/extras/job-buttons/", body, content_type="application/json")


def body(job: Any, **more: Any) -> dict[str, Any]:
    return {
        "name": "Reboot",
        "content_types": ["inventory.device", "extras.job"],
        "job": str(job.pk),
        "text": "Reboot {{ obj.name }}",
        **more,
    }


def test_a_button_is_made_edited_and_deleted(browser: Client, job: Any) -> None:
    made = post(browser, **body(job))
    assert made.status_code == 201, made.content
    told = made.json()
    assert told["content_types"] == ["extras.job", "inventory.device"]
    assert (told["weight"], told["button_class"], told["confirmation"]) == (100, "default", True)
    assert (told["object_type"], told["group_name"]) == ("extras.jobbutton", "")
    address = f"/api/extras/job-buttons/{told['id']}/"
    edited = browser.patch(address, {"weight": 5}, content_type="application/json")
    assert edited.json()["weight"] == 5
    assert browser.delete(address).status_code == 204


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("text", "{{ obj.delete() }}", "not understood"),
        ("text", "{% for a in b %}{% endfor %}", "not known here"),
        ("content_types", [], "at least one"),
        ("content_types", ["no.model"], "no kind of record"),
        ("button_class", "purple", "not a valid choice"),
        ("weight", -1, "greater than or equal"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(
    browser: Client, job: Any, field: str, value: Any, said: str
) -> None:
    answer = post(browser, **body(job, **{field: value}))
    assert answer.status_code == 400
    assert said in str(answer.json()[field])


def test_the_job_has_to_be_made_for_buttons_and_to_run(browser: Client, job: Any) -> None:
    plain = make.make_job(make.make_spec("Plain"))
    assert "not made for job buttons" in str(post(browser, **body(plain)).json()["job"])
    type(job).objects.filter(pk=job.pk).update(enabled=False)
    assert "not enabled" in str(post(browser, **body(job)).json()["enabled"])
    assert post(browser, **body(job, enabled=False)).status_code == 201


def test_filters_are_those_of_the_dialect(browser: Client, job: Any) -> None:
    post(browser, **body(job))
    post(browser, **body(job, name="Other", content_types=["inventory.site"], group_name="More"))

    def found(query: str) -> list[str]:
        answer = browser.get(f"/api/extras/job-buttons/?{query}")
        assert answer.status_code == 200, answer.content
        return [each["name"] for each in answer.json()["results"]]

    assert found("content_types=extras.job") == ["Reboot"]
    assert found("content_types=inventory.site&content_types=inventory.device") == [
        "Reboot",
        "Other",
    ]
    assert found("content_types__n=inventory.site") == ["Reboot"]
    assert found("group_name=More") == found("weight=100&name=Other") == ["Other"]
    assert found("job=Reboot&enabled=true&confirmation=true") == ["Reboot", "Other"]
    assert found("teams=x") == []
    assert found("q=obj.name") == ["Reboot", "Other"]


def test_pages_make_and_show_a_button(browser: Client, job: Any) -> None:
    kind = make.ContentType.objects.get(app_label="inventory", model="device").pk
    form = {
        "name": "Reboot",
        "job": job.pk,
        "text": "{{ obj.name",
        "content_types": [kind],
        "enabled": "on",
        "button_class": "danger",
        "weight": "7",
    }
    refused = browser.post("/buttons/add/", form)
    assert refused.status_code == 400
    assert "is not closed" in refused.content.decode()
    assert browser.post("/buttons/add/", {**form, "text": "Go"}).status_code == 302
    row = JobButton.objects.get()
    assert (row.weight, row.confirmation, row.enabled) == (7, False, True)
    assert "inventory.device" in browser.get("/buttons/").content.decode()
    assert "Reboot" in browser.get(f"/buttons/{row.pk}/").content.decode()
    assert browser.get("/extras/job-buttons/").headers["location"] == "/buttons/"


def test_graphql_tells_buttons(browser: Client, job: Any) -> None:
    post(browser, **body(job))
    query = (
        "{ job_buttons { name content_types text job { name } } jobs { jobbutton_set { name } } }"
    )
    told = browser.post("/api/graphql/", {"query": query}, content_type="application/json").json()
    assert told["data"]["job_buttons"] == [
        {
            "name": "Reboot",
            "content_types": ["extras.job", "inventory.device"],
            "text": "Reboot {{ obj.name }}",
            "job": {"name": "Reboot"},
        }
    ]
    assert told["data"]["jobs"] == [{"jobbutton_set": [{"name": "Reboot"}]}]


def test_lists_of_buttons_take_as_many_queries_however_many_they_are(
    browser: Client, job: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        post(browser, **body(job, name=f"b{number}"))
    for address, most in (("/api/extras/job-buttons/?depth=1", 14), ("/buttons/", 30)):
        with django_assert_max_num_queries(most):
            assert browser.get(address).status_code == 200
