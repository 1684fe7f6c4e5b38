"""What is a schedule, what only waits for approval, and how inputs are shown."""

import json
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client

from jobsmith.cli.main import main
from jobsmith.models import ScheduledJob
from jobsmith.specs import VariableSpec
from tests.integration.api.conftest import client_of
from tests.support import factories as make
from tests.support.approvals import gated_job, request_of
from tests.support.schedules import make_schedule

pytestmark = pytest.mark.django_db


@pytest.fixture
def both(admin: Any) -> tuple[ScheduledJob, ScheduledJob]:
    """A schedule, and what was asked for at once."""
    make.make_worker()
    job = gated_job()
    asked = request_of(job, admin).scheduled_job
    assert asked is not None
    return make_schedule(job, admin, name="Nightly"), asked


def test_what_was_asked_for_at_once_is_listed_among_schedules_only_on_demand(
    client: Client, both: tuple[ScheduledJob, ScheduledJob]
) -> None:
    schedule, asked = both
    page = client.get("/schedules/").content.decode()
    assert (schedule.name in page, asked.name in page) == (True, False)
    page = client.get("/schedules/?show=requests").content.decode()
    assert (schedule.name in page, asked.name in page) == (False, True)
    page = client.get(f"/schedules/?show=requests&q={asked.name[-6:]}").content.decode()
    assert asked.name in page
    assert '<input type="hidden" name="show" value="requests">' in page


def test_the_command_lists_requests_only_on_demand(both: tuple[Any, Any]) -> None:
    def told(*words: str) -> set[str]:
        said = CliRunner().invoke(main, ["schedules", "list", "--json", "--user", "ana", *words])
        return {each["name"] for each in json.loads(said.output)}

    assert told() == {"Nightly"}
    assert told("--requests") == {each.name for each in both}


def test_rest_lists_both_as_its_clients_expect(admin: Any, both: tuple[Any, Any]) -> None:
    found = client_of(admin).get("/api/extras/scheduled-jobs/").json()["results"]
    assert {each["name"] for each in found} == {each.name for each in both}


def test_the_page_of_what_was_asked_for_at_once_neither_edits_nor_runs_it(
    client: Client, both: tuple[ScheduledJob, ScheduledJob]
) -> None:
    schedule, asked = (client.get(f"/schedules/{each.pk}/").content.decode() for each in both)
    for act in ("Run now", ">Save<", "Edit inputs"):
        assert (act in schedule, act in asked) == (True, False), act


def test_inputs_of_a_schedule_are_shown_as_those_of_a_run(client: Client, admin: Any) -> None:
    job = make.make_job(
        make.make_spec(
            "Ping",
            VariableSpec(name="hosts", type="MultiChoiceVar", label="Which hosts"),
            VariableSpec(name="deep", type="BooleanVar"),
            VariableSpec(name="password", type="SecretVar"),
        )
    )
    row = make_schedule(job, admin, kwargs={"hosts": ["a", "b"], "deep": True}, sealed_kwargs="x")
    page = client.get(f"/schedules/{row.pk}/").content.decode()
    assert "<dt>Which hosts</dt>" in page
    assert "<dd>a, b</dd>" in page
    assert "<dd>Yes</dd>" in page
    assert "Sealed" in page
    assert "[&#x27;a" not in page


def test_pages_of_the_host_are_in_the_menu_of_those_who_may_open_them(settings: Any) -> None:
    place = ("Devices", "jobsmith:queues", "jobsmith.jobqueue")
    settings.JOBSMITH = {**settings.JOBSMITH, "PLACES": (place, ("Home", "jobsmith:index"))}
    found = []
    for rights in ((), ("view_jobqueue",)):
        browser = Client()
        browser.force_login(make.make_user(f"user{len(rights)}", "view_job", *rights))
        page = browser.get("/").content.decode()
        found.append([title in page for title in ("Devices", "Home")])
    assert found == [[False, True], [True, True]]
