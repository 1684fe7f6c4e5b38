"""The inputs of a schedule are edited at every door; an edit makes nothing run."""

from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from django.utils import timezone
from rest_framework.test import APIClient

from jobsmith.actions.edit_schedule import edit_schedule, edited_inputs
from jobsmith.actions.start_due import start_due
from jobsmith.cli.main import main
from jobsmith.errors import NotAllowed, NotFound, ScheduleRefused
from jobsmith.inputs.vault import open_sealed, seal
from jobsmith.models import ApprovalWorkflow, Job, JobResult, ObjectChange, ScheduledJob
from jobsmith.specs import VariableSpec
from tests.support.factories import make_admin, make_job, make_spec, make_user, make_worker
from tests.support.schedules import make_schedule

pytestmark = pytest.mark.django_db

VARIABLES = (
    VariableSpec(name="host", type="StringVar"),
    VariableSpec(name="count", type="IntegerVar", required=False),
    VariableSpec(name="password", type="SecretVar"),
)
RIGHTS = ("run_job", "change_scheduledjob", "view_scheduledjob")


@pytest.fixture
def job() -> Job:
    make_worker()
    return make_job(make_spec("Ping", *VARIABLES))


@pytest.fixture
def row(job: Job) -> ScheduledJob:
    due = timezone.now() + timedelta(hours=1)
    sealed = seal({"password": "hunter22"})
    kept = {"kwargs": {"host": "a", "count": 3}, "sealed_kwargs": sealed, "name": "Nightly"}
    return make_schedule(job, make_user("olga", "run_job"), due=due, **kept)


def fresh() -> tuple[ScheduledJob, str]:
    row = ScheduledJob.objects.get()
    return row, open_sealed(row.sealed_kwargs)["password"]


def edit(row: ScheduledJob, user: Any, **given: Any) -> ScheduledJob:
    return edit_schedule(row, user=user, inputs=edited_inputs(row, given, user=user))


def test_what_is_not_named_stays_and_nothing_becomes_due(row: ScheduledJob) -> None:
    ScheduledJob.objects.update(next_due_at=timezone.now() + timedelta(seconds=1))
    due = ScheduledJob.objects.get().next_due_at
    edit(ScheduledJob.objects.get(), make_user("eve", *RIGHTS), host="b")
    changed, password = fresh()
    assert (changed.kwargs, password) == ({"host": "b", "count": 3}, "hunter22")
    assert (changed.next_due_at, changed.user.username, start_due()) == (due, "olga", 0)
    assert not JobResult.objects.exists()
    said = ObjectChange.objects.get()
    assert (said.user_name, said.after["sealed_kwargs"]) == ("eve", "(hidden)")


def test_it_takes_the_right_to_run_the_job_too(row: ScheduledJob) -> None:
    inputs = edited_inputs(row, {"host": "b"}, user=make_admin())
    for name, rights in (("r", RIGHTS[:1]), ("c", RIGHTS[1:])):
        with pytest.raises((NotAllowed, NotFound)):
            edit_schedule(row, user=make_user(name, *rights), inputs=inputs)
    assert fresh()[0].kwargs["host"] == "a"


def test_to_come_first_takes_the_right_to_prioritize(row: ScheduledJob) -> None:
    eve = make_user("eve", *RIGHTS)
    inputs = edited_inputs(row, {}, user=eve)
    with pytest.raises(NotAllowed):
        edit_schedule(row, user=eve, inputs=inputs, priority=5)
    assert edit_schedule(row, user=eve, inputs=inputs, priority=-5).priority == -5
    ScheduledJob.objects.update(priority=7)  # what is there already may stay
    assert edit_schedule(row, user=eve, inputs=inputs, priority=7).priority == 7


def test_where_approval_is_needed_it_waits_anew(row: ScheduledJob) -> None:
    Job.objects.update(approval_required=True)
    changed = edit(row, make_admin(), host="b")
    assert (changed.state, changed.enabled, changed.next_due_at) == ("pending", False, None)
    assert ApprovalWorkflow.objects.count() == 1
    edit(changed, make_user("eve", *RIGHTS), host="c")
    states = ApprovalWorkflow.objects.order_by("created").values_list("current_state", flat=True)
    assert [each.lower() for each in states] == ["canceled", "pending"]


def test_what_was_asked_for_at_once_is_asked_for_anew_instead(row: ScheduledJob) -> None:
    row.asked = {"door": "web"}
    row.save()
    with pytest.raises(ScheduleRefused):
        edit(row, make_admin(), host="b")


def test_the_page_is_filled_and_keeps_a_secret_that_is_left_empty(row: Any, client: Any) -> None:
    client.force_login(make_admin())
    address = f"/schedules/{row.pk}/inputs/"
    assert f'href="{address}"'.encode() in client.get(f"/schedules/{row.pk}/").content
    page = client.get(address).content.decode()
    assert 'value="a"' in page
    assert "hunter22" not in page
    sent = {"host": "b", "count": "", "password": "", "_priority": "-3"}
    refused = client.post(address, {**sent, "host": ""})
    assert (refused.status_code, b"hunter22" in refused.content) == (400, False)
    assert client.post(address, sent).url == f"/schedules/{row.pk}/"
    changed, password = fresh()
    assert (changed.kwargs.get("host"), changed.kwargs.get("count")) == ("b", None)
    assert (password, changed.priority) == ("hunter22", -3)
    client.post(address, {**sent, "password": "other33"})
    assert fresh()[1] == "other33"


def test_two_editors_do_not_overwrite_each_other_unseen(row: Any, client: Any) -> None:
    client.force_login(make_admin())
    address = f"/schedules/{row.pk}/inputs/"
    seen = client.get(address).context["seen"]
    edit(row, make_user("eve", *RIGHTS), host="c")
    answer = client.post(address, {"host": "b", "_seen": seen})
    assert (answer.status_code, fresh()[0].kwargs["host"]) == (409, "c")


def test_rest_graphql_and_the_command_line_do_the_same(row: Any) -> None:
    client = APIClient()
    client.force_login(make_admin())
    address = f"/api/extras/scheduled-jobs/{row.pk}/edit/"
    answer = client.post(address, {"data": {"host": "b"}, "priority": 4}, format="json")
    assert (answer.status_code, answer.json()["kwargs"]["host"]) == (200, "b")
    assert (answer.json()["priority"], b"hunter22" in answer.content) == (4, False)
    assert client.post(address, {"data": {"no": 1}}, format="json").status_code == 400
    query = f'mutation {{ edit_scheduled_job(id: "{row.pk}", data: {{count: 9}}) {{ kwargs }} }}'
    told = client.post("/api/graphql/", {"query": query}, format="json").json()
    assert told["data"]["edit_scheduled_job"]["kwargs"] == {"host": "b", "count": 9}
    words = ["schedules", "edit", "Nightly", "host=z", "password=third44", "--user", "admin"]
    said = CliRunner().invoke(main, words)
    assert said.exit_code == 0, said.stderr
    changed, password = fresh()
    assert (changed.kwargs, password, changed.priority) == (
        {"host": "z", "count": 9},
        "third44",
        4,
    )
