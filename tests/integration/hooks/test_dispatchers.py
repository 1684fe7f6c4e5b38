"""Several processes fire hooks while others change records and set hooks up."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from jobsmith.actions.fire_hooks import fire_all, fire_hooks
from jobsmith.audit import note_change
from jobsmith.context import changing
from jobsmith.models import (
    ApprovalWorkflow,
    HookFiring,
    Job,
    JobHook,
    JobResult,
    ObjectChange,
    ScheduledJob,
)
from jobsmith.models.base import time_ordered_uuid
from jobsmith.triggers.hooks import AT_ONCE, after_commit
from jobsmith_server.inventory.models import Device, Site
from tests.support import factories as make
from tests.support.schedules import make_schedule

Make = Callable[..., JobHook]
pytestmark = pytest.mark.usefixtures("tracked")


class Between:
    """Calls something once, right before the so-many-th look at the changes that wait."""

    def __init__(self, number: int, call: Callable[[], object]) -> None:
        self.left, self.call = number, call

    def __call__(self, execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("SELECT") and 'FROM "jobsmith_objectchange"' in sql:
            self.left -= 1
            if self.left == 0:
                self.call()
        return execute(sql, *rest)


def elsewhere(call: Callable[[], object]) -> None:
    """Call it by another connection."""

    def called() -> None:
        try:
            call()
        finally:
            connection.close()

    thread = threading.Thread(target=called)
    thread.start()
    thread.join(30)


@pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="SQLite has one writer, so there is no other"
)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("look", [1, 2])
def test_two_at_once_part_no_event(hook: Make, look: int) -> None:
    with transaction.atomic():
        sites = [Site.objects.create(name=f"s{number}") for number in range(60)]
        for each in sites:
            each.city = "Oslo"
            each.save()
    hook(Site)  # so late that nothing was answered at once
    with connection.execute_wrapper(Between(look, lambda: elsewhere(lambda: fire_hooks(40)))):
        fire_hooks(40)
    while fire_all():
        pass
    assert JobResult.objects.count() == HookFiring.objects.count() == 60
    assert set(HookFiring.objects.values_list("change__action", flat=True)) == {"create"}


@pytest.mark.django_db
@pytest.mark.parametrize("others", [True, False])
def test_a_hook_that_is_set_up_meanwhile_answers_what_comes_after_it(
    hook: Make, others: bool
) -> None:
    if others:
        hook(Device)

    def set_up_and_save() -> None:
        hook(Site)
        with changing(door="web"):
            Site.objects.create(name="Hall")

    with connection.execute_wrapper(Between(1, set_up_and_save)):
        fire_hooks()
    fire_all()
    assert HookFiring.objects.get().change.object_repr == "Hall"


@pytest.mark.django_db
def test_changes_of_many_requests_that_are_woven_together_are_parted_nowhere(hook: Make) -> None:
    hook(Site)
    for number in range(60):
        with changing(door="web"):
            Site.objects.create(name=f"s{number}")
    later = list(ObjectChange.objects.order_by("time"))
    for each in later:  # the same requests go on after all of them have begun
        each.pk, each.action, each.time = time_ordered_uuid(), "update", later[-1].time
    ObjectChange.objects.bulk_create(later)
    while fire_hooks(60):
        pass
    assert HookFiring.objects.count() == 60


@pytest.mark.django_db
def test_asking_for_approval_of_a_hooks_run_fires_no_hook(hook: Make, job: Job) -> None:
    hook(ScheduledJob, name="schedules")
    hook(ApprovalWorkflow, name="approvals")
    Job.objects.update(approval_required=True)
    job.refresh_from_db()
    olga = make.make_user("olga")
    note_change(make_schedule(make.make_job(), olga), user=olga)
    assert [fire_all(), fire_all(), fire_all()] == [1, 0, 0]
    assert ApprovalWorkflow.objects.count() == 1
    contexts = ObjectChange.objects.filter(object_label="jobsmith.approvalworkflow")
    assert [each.change_context for each in contexts] == ["job-hook"]


@pytest.mark.django_db
def test_who_saves_waits_for_a_few_runs_and_not_for_what_others_left(hook: Make) -> None:
    hook(Site)
    for number in range(30):
        Site.objects.create(name=f"s{number}")
    after_commit()
    assert 0 < JobResult.objects.count() <= AT_ONCE < 10
