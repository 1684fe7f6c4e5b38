"""Several decide at once, on PostgreSQL: one decision, and one run at most."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from jobsmith.actions.cancel_approval import cancel_approval
from jobsmith.actions.decide_approval import approve_stage, deny_stage
from jobsmith.actions.expire_approvals import expire_approvals
from jobsmith.actions.save_schedule import retime_schedule
from jobsmith.actions.timing import read_timing
from jobsmith.errors import JobsmithError
from jobsmith.models import ApprovalWorkflow, JobResult, ScheduledJob
from tests.support.approvals import (
    gated_job,
    make_approver,
    request_of,
    scheduled,
    stage_of,
    workflow_of,
)
from tests.support.factories import make_admin, make_user, make_worker

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer anyway"),
]
ROUNDS = 6
TIMED = {"interval": "custom", "name": "nightly", "crontab": "5 * * * *"}


def at_once(*acts: Callable[[], object]) -> list[str]:
    """What each came to: "" or the code of its refusal."""
    barrier, said = Barrier(len(acts)), [""] * len(acts)

    def act(number: int) -> None:
        barrier.wait()
        try:
            acts[number]()
        except JobsmithError as refusal:
            said[number] = refusal.code
        finally:
            connection.close()

    threads = [Thread(target=act, args=(number,)) for number in range(len(acts))]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return said


def test_of_two_approvers_one_starts_the_run() -> None:
    make_worker(beat_at=timezone.now() + timedelta(hours=1))
    job, olga = gated_job(), make_user("olga", "run_job")
    people = [make_approver(name) for name in ("anna", "arno")]
    for _ in range(ROUNDS):
        stage = stage_of(request_of(job, olga))
        said = at_once(*(partial(approve_stage, stage, user=who) for who in people))
        assert sorted(said) == ["", "already_decided"]
    assert JobResult.objects.count() == ROUNDS


def test_approve_deny_cancel_and_expire_agree_on_one_end() -> None:
    make_worker(beat_at=timezone.now() + timedelta(hours=1))
    job, olga, admin = gated_job(), make_user("olga", "run_job"), make_admin()
    anna, arno = make_approver("anna"), make_approver("arno")
    for _ in range(ROUNDS):
        workflow = request_of(job, olga)
        ApprovalWorkflow.objects.filter(pk=workflow.pk).update(expires_at=timezone.now())
        stage, before = stage_of(workflow), JobResult.objects.count()
        said = at_once(
            partial(approve_stage, stage, user=anna),
            partial(deny_stage, stage, user=arno),
            partial(cancel_approval, workflow, user=admin),
            expire_approvals,
        )
        workflow.refresh_from_db()
        schedule: Any = ScheduledJob.objects.get(pk=workflow.object_under_review_object_id)
        ends = {"Approved": "completed", "Denied": "denied", "Canceled": "canceled"}
        assert schedule.state == ends[workflow.current_state]
        assert JobResult.objects.count() == before + (workflow.current_state == "Approved")
        assert set(said) <= {"", "already_decided"}


def test_decisions_and_edits_hold_records_in_one_order() -> None:
    make_worker(beat_at=timezone.now() + timedelta(hours=1))
    job, olga, admin = gated_job(), make_user("olga", "run_job"), make_admin()
    anna, timing = make_approver("anna"), read_timing(TIMED)
    assert timing is not None
    schedule = scheduled(job, olga)
    for _ in range(2 * ROUNDS):
        workflow = workflow_of(schedule)
        said = at_once(
            partial(approve_stage, stage_of(workflow), user=anna),
            partial(retime_schedule, schedule, user=admin, timing=timing),
            partial(cancel_approval, workflow, user=admin),
        )
        assert set(said) <= {"", "already_decided", "request_changed"}
        retime_schedule(schedule, user=admin, timing=timing)
