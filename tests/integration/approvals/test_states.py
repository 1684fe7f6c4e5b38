"""From every state but approved nothing starts, in whatever order things happen."""

import os
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobsmith.actions.cancel_approval import cancel_approval
from jobsmith.actions.decide_approval import approve_stage, comment_stage, deny_stage
from jobsmith.actions.expire_approvals import expire_approvals
from jobsmith.actions.save_schedule import (
    pause_schedule,
    resume_schedule,
    retime_schedule,
    save_schedule,
    skip_next_due,
)
from jobsmith.actions.start_due import start_due
from jobsmith.actions.timing import read_timing
from jobsmith.errors import JobsmithError
from jobsmith.inputs.codec import CleanInputs
from jobsmith.models import (
    ApprovalWorkflow,
    ApprovalWorkflowStageResponse,
    Job,
    JobResult,
    ScheduledJob,
    Worker,
)
from jobsmith.runner.claims import claim
from tests.support.approvals import HOST, define, make_approver, stage_of, workflow_of
from tests.support.factories import make_admin, make_spec, make_version, serve

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("APPROVAL_EXAMPLES", "12"))
TICKS = int(os.environ.get("APPROVAL_TICKS", "25"))
"""The issue asks for 1,000 ticks in every state; that takes a while."""

STEPS = (
    *("approve lea", "approve leo", "approve bob", "approve owner", "approve admin"),
    *("deny lea", "comment lea", "cancel", "expire", "edit", "pause", "resume", "skip"),
    *("new code", "limits", "drop lea", "force on", "tick"),
)


class House:
    """One schedule that needs two of the leads and then a boss, and everybody around it."""

    def __init__(self, job: Job) -> None:
        define(("leads", 2), ("bosses", 1))
        self.job, self.admin, self.versions = job, make_admin(), 1
        self.people = {
            "lea": make_approver("lea", "leads", may=""),
            "leo": make_approver("leo", "leads", may=""),
            "bob": make_approver("bob", "bosses", may=""),
            "owner": make_approver("owner", "leads", "bosses", may="run_job"),
            "admin": self.admin,
        }
        timing = read_timing({"interval": "custom", "name": "nightly", "crontab": "0 0 1 1 *"})
        assert timing is not None
        inputs = CleanInputs(values={"host": "a"})
        self.granted: set[Any] = set()
        self.schedule = save_schedule(job, user=self.people["owner"], inputs=inputs, timing=timing)

    def take(self, step: str) -> None:
        """One step; what is refused changes nothing."""
        verb, _, who = step.partition(" ")
        row = ScheduledJob.objects.get(pk=self.schedule.pk)
        workflow = workflow_of(row)
        waiting = workflow.approval_workflow_stages.filter(state="Pending").first()
        stage = waiting or stage_of(workflow)
        user = self.people.get(who)
        try:
            with transaction.atomic():
                self._do(verb, row, workflow, stage, user)
        except JobsmithError:
            return

    def _do(self, verb: str, row: Any, workflow: Any, stage: Any, user: Any) -> None:
        decide = {
            "approve": lambda: approve_stage(stage, user=user),
            "deny": lambda: deny_stage(stage, user=user),
            "comment": lambda: comment_stage(stage, user=user, comments="hm"),
            "cancel": lambda: cancel_approval(workflow, user=self.people["owner"]),
            "expire": self._expire,
            "edit": lambda: self._edit(row),
            "new": self._new_code,
            "limits": lambda: self._change(Job, time_limit=77, overridden=["time_limit"]),
            "drop": lambda: self._change(type(self.admin), username="lea", is_active=False),
            # somebody writes past the actions
            "force": lambda: self._change(ScheduledJob, enabled=True, state="active"),
            "pause": lambda: pause_schedule(row, user=self.admin),
            "resume": lambda: resume_schedule(row, user=self.admin),
            "skip": lambda: skip_next_due(row, user=self.admin),
            "tick": lambda: None,
        }
        decide[verb]()

    def _change(self, model: Any, username: str = "", **values: Any) -> None:
        rows = model.objects.filter(username=username) if username else model.objects
        rows.update(**values)

    def _expire(self) -> None:
        ApprovalWorkflow.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        expire_approvals()

    def _edit(self, row: Any) -> None:
        timing = read_timing({"interval": "custom", "name": "nightly", "crontab": "*/2 * * * *"})
        assert timing is not None
        retime_schedule(row, user=self.admin, timing=timing)

    def _new_code(self) -> None:
        self.versions += 1
        text = {"pings.py": f"version {self.versions}"}
        serve(make_version(f"v{self.versions}", text, make_spec("Deploy", HOST)))

    def make_due(self) -> None:
        """The clock says that it is time, whatever the schedule says."""
        past = timezone.now() - timedelta(seconds=5)
        ScheduledJob.objects.update(next_due_at=past)

    def may_run(self) -> bool:
        """Told from what people said alone: two active leads and a boss have approved this very
        thing, now or before one of them left."""
        newest = workflow_of(self.schedule)
        said = ApprovalWorkflowStageResponse.objects.filter(
            approval_workflow_stage__approval_workflow=newest, state="Approved"
        )
        voters = said.filter(user__is_active=True).values_list(
            "approval_workflow_stage__sequence", "user__username"
        )
        if {(0, "lea"), (0, "leo"), (1, "bob")} <= set(voters):
            self.granted.add(newest.pk)
        return newest.pk in self.granted


@given(steps=st.lists(st.sampled_from(STEPS), min_size=1, max_size=12))
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_nothing_starts_that_is_not_approved(job: Job, worker: Worker, steps: list[str]) -> None:
    with transaction.atomic():
        house = House(job)
        for step in steps:
            house.take(step)
            house.make_due()
            approved, before = house.may_run(), JobResult.objects.count()
            started = start_due()
            assert JobResult.objects.count() == before + started
            if not approved:
                assert started == 0, step
            claim(worker, queues=["default"], most=100)
            taken = JobResult.objects.filter(status="STARTED")
            assert not taken.exclude(approval__isnull=False).exists()
        transaction.set_rollback(True)


@pytest.mark.parametrize("state", ["pending", "denied", "canceled", "expired", "replaced"])
def test_in_every_state_but_approved_no_tick_starts_a_run(
    job: Job, worker: Worker, state: str
) -> None:
    house = House(job)
    for step in {
        "pending": ("approve lea",),
        "denied": ("deny lea",),
        "canceled": ("cancel",),
        "expired": ("expire",),
        "replaced": ("approve lea", "approve leo", "approve bob", "edit"),
    }[state]:
        house.take(step)
    for _ in range(TICKS):
        house.make_due()
        assert start_due() == 0
        claim(worker, queues=["default"], most=100)
    ScheduledJob.objects.update(enabled=True, state="active")  # past the actions
    house.make_due()
    assert start_due() == 0
    assert not JobResult.objects.exists()


def test_approved_it_does_start(job: Job) -> None:
    house = House(job)
    for step in ("approve lea", "approve leo", "approve bob"):
        house.take(step)
    house.make_due()
    assert start_due() == 1
