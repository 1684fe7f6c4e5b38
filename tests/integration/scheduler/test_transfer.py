"""A schedule changes hands at every door; it runs with the rights of whoever has it."""

from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from jobsmith.actions.ask_approval import ask_if_needed
from jobsmith.actions.save_schedule import resume_schedule
from jobsmith.actions.start_due import start_due
from jobsmith.actions.transfer_schedule import NOBODY, receiver, transfer_schedule
from jobsmith.cli.main import main
from jobsmith.errors import NotAllowed, NotFound, ScheduleRefused
from jobsmith.models import ApprovalWorkflow, Job, JobResult, ObjectChange, ScheduledJob
from jobsmith.specs import VariableSpec
from tests.support.factories import grant, make_admin, make_job, make_spec, make_user, make_worker
from tests.support.schedules import make_schedule

pytestmark = pytest.mark.django_db

RIGHTS = ("run_job", "change_scheduledjob", "view_scheduledjob")


@pytest.fixture
def job() -> Job:
    make_worker()
    return make_job(make_spec("Ping", VariableSpec(name="host", type="StringVar")))


@pytest.fixture
def row(job: Job) -> ScheduledJob:
    due = timezone.now() + timedelta(hours=1)
    return make_schedule(
        job, make_user("olga", "run_job"), due=due, kwargs={"host": "a"}, name="Nightly"
    )


def owner() -> str:
    return str(ScheduledJob.objects.get().user)


def test_who_may_change_it_and_run_its_job_takes_it_over(row: ScheduledJob) -> None:
    eve = make_user("eve", *RIGHTS)
    transfer_schedule(row, user=eve, to=receiver("", user=eve))
    changed = ScheduledJob.objects.get()
    assert (str(changed.user), changed.next_due_at) == ("eve", row.next_due_at)
    assert not JobResult.objects.exists()
    said = ObjectChange.objects.get()
    assert (said.user_name, said.before["user"], said.after["user"]) == (
        "eve",
        str(row.user.pk),
        str(eve.pk),
    )


@pytest.mark.parametrize("right", RIGHTS[:2])
def test_one_of_the_rights_is_not_enough(row: ScheduledJob, right: str) -> None:
    eve = make_user("eve", right)
    with pytest.raises((NotAllowed, NotFound)):
        transfer_schedule(row, user=eve, to=eve)
    assert owner() == "olga"


def test_another_name_takes_the_right_to_transfer_it(row: ScheduledJob) -> None:
    eve, adam = make_user("eve", *RIGHTS), make_user("adam", "run_job")
    with pytest.raises(NotAllowed):
        transfer_schedule(row, user=eve, to=adam)
    grant(eve, "transfer", ScheduledJob, {"name": "another"})
    eve = get_user_model().objects.get(pk=eve.pk)
    with pytest.raises(NotAllowed):
        transfer_schedule(row, user=eve, to=adam)
    grant(eve, "transfer", ScheduledJob, {"name": "Nightly"})
    transfer_schedule(row, user=get_user_model().objects.get(pk=eve.pk), to=adam)
    assert owner() == "adam"


def test_whoever_gets_it_must_be_able_to_run_it(row: ScheduledJob) -> None:
    admin, gone = make_admin(), make_user("gone", "run_job", is_active=False)
    for to, said in ((make_user("idle"), "may not run its job"), (gone, "may not sign in")):
        with pytest.raises(ScheduleRefused, match=said):
            transfer_schedule(row, user=admin, to=to)
    ScheduledJob.objects.update(kwargs={})
    row.refresh_from_db()
    with pytest.raises(ScheduleRefused, match="does not take its inputs from admin: host"):
        transfer_schedule(row, user=admin, to=admin)
    assert owner() == "olga"


def test_users_out_of_sight_are_unknown(row: ScheduledJob) -> None:
    eve, adam = make_user("eve", *RIGHTS, "transfer_scheduledjob"), make_user("adam", "run_job")
    for name in ("adam", str(adam.pk), "nobody", "x" * 300):
        with pytest.raises(ScheduleRefused, match=NOBODY):
            receiver(name, user=eve)
    assert receiver(str(adam.pk), user=make_admin()) == adam


def test_what_stopped_with_its_owner_goes_on_when_it_is_resumed(row: ScheduledJob) -> None:
    admin = make_admin()
    ScheduledJob.objects.update(user=None, next_due_at=timezone.now() - timedelta(seconds=5))
    start_due()
    stopped = ScheduledJob.objects.get()
    assert (stopped.state, stopped.enabled) == ("errored", False)
    resume_schedule(transfer_schedule(stopped, user=admin, to=admin), user=admin)
    going = ScheduledJob.objects.get()
    assert (going.state, going.enabled, going.next_due_at > timezone.now()) == (
        "active",
        True,
        True,
    )


def test_an_approval_is_for_one_owner(row: ScheduledJob) -> None:
    Job.objects.update(approval_required=True)
    row.refresh_from_db()
    ask_if_needed(row, user=row.user)
    ApprovalWorkflow.objects.update(current_state="Approved")
    ScheduledJob.objects.update(state="active", enabled=True, next_due_at=timezone.now())
    eve = make_user("eve", *RIGHTS)
    transfer_schedule(ScheduledJob.objects.get(), user=eve, to=eve)
    waiting = ScheduledJob.objects.get()
    assert (waiting.state, waiting.enabled, waiting.next_due_at) == ("pending", False, None)
    states = ApprovalWorkflow.objects.order_by("created").values_list("current_state", flat=True)
    assert list(states) == ["Canceled", "Pending"]
    assert start_due() == 0
    assert not JobResult.objects.exists()


def test_it_changes_hands_by_rest_graphql_and_in_a_shell(row: ScheduledJob) -> None:
    make_admin()
    make_user("adam", "run_job")
    eve = make_user("eve", *RIGHTS)
    client = APIClient()
    client.force_login(get_user_model().objects.get(username="admin"))
    address = f"/api/extras/scheduled-jobs/{row.pk}/transfer/"
    answer = client.post(address, {"user": "adam"}, format="json")
    assert (answer.status_code, owner()) == (200, "adam"), answer.content
    query = f'mutation {{ transfer_scheduled_job(id: "{row.pk}") {{ name }} }}'
    client.post("/api/graphql/", {"query": query}, format="json")
    assert owner() == "admin"
    done = CliRunner().invoke(main, ["schedules", "transfer", "Nightly", "--to", "eve"])
    assert (done.exit_code, owner()) == (0, "eve"), done.output
    client.force_login(eve)
    refused = client.post(address, {"user": "adam"}, format="json")
    assert (refused.status_code, owner()) == (400, "eve")
    refused = client.post(address, {"user": "eve", "x": {}}, format="json")
    assert refused.status_code == 400
    assert "It runs in the name of eve already." in refused.content.decode()


def page_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_page_offers_one_to_take_it_over_or_to_name_somebody(row: ScheduledJob) -> None:
    eve = page_of(make_user("eve", *RIGHTS))
    address = f"/schedules/{row.pk}/transfer/"
    assert address in eve.get(f"/schedules/{row.pk}/").content.decode()
    shown = eve.get(address).content.decode()
    assert "You may only take it over." in shown
    refused = eve.post(address, {"user": "olga"})
    assert (refused.status_code, NOBODY in refused.content.decode()) == (400, True)
    done = eve.post(address, {"user": "eve"}, follow=True)
    assert "It runs as eve." in done.content.decode()
    page_of(make_admin()).post(address, {"user": "olga"})
    assert owner() == "olga"


def test_notes_stand_on_the_page_and_at_rest(row: ScheduledJob) -> None:
    client = APIClient()
    client.force_login(make_admin())
    address = f"/api/extras/scheduled-jobs/{row.pk}/notes/"
    assert client.post(address, {"note": "Ask olga first."}, format="json").status_code == 201
    assert client.get(address).json()["results"][0]["note"] == "Ask olga first."
    assert "Ask olga first." in client.get(f"/schedules/{row.pk}/").content.decode()
    form = {"note": "Moved to May."}
    answer = client.post(f"/notes/scheduledjob/{row.pk}/", form)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/schedules/{row.pk}/")


def test_a_schedule_is_tried_at_rest_where_its_job_has_a_dry_run(row: ScheduledJob) -> None:
    client = APIClient()
    client.force_login(make_admin())
    address = f"/api/extras/scheduled-jobs/{row.pk}/dry-run/"
    assert client.post(address).status_code == 405
    spec = make_spec("Try", VariableSpec(name="dryrun", type="DryRunVar"), supports_dryrun=True)
    trying = make_schedule(
        make_job(spec, supports_dryrun=True), row.user, name="Trying", pause_after_failures=1
    )
    answer = client.post(f"/api/extras/scheduled-jobs/{trying.pk}/dry-run/")
    run = JobResult.objects.get()
    assert (answer.status_code, answer.json()["id"]) == (200, str(run.pk))
    assert (run.task_kwargs, str(run.user), run.scheduled_job) == ({"dryrun": True}, "admin", None)
    assert trying.due_times.count() == 0
