"""Which changes fire which hooks, as whom, and how often."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from jobsmith.actions.fire_hooks import BATCH, fire_all, fire_hooks
from jobsmith.audit import note_change, snapshot
from jobsmith.context import changing
from jobsmith.errors import ChangerGone
from jobsmith.models import HookFiring, Job, JobHook, JobResult, ObjectChange
from jobsmith.triggers.hooks import after_commit
from jobsmith_server.inventory.models import Device, Site
from tests.support import factories as make

Make = Callable[..., JobHook]
pytestmark = pytest.mark.usefixtures("tracked")


def fired() -> list[tuple[str, str]]:
    """What was answered: the action and the record."""
    fire_all()
    rows = HookFiring.objects.filter(skipped="").order_by("pk").select_related("change")
    return [(each.change.action, each.change.object_repr) for each in rows]


def test_each_action_fires_the_hooks_that_answer_it(hook: Make) -> None:
    hook(Site, name="all")
    hook(Site, name="deletions", type_create=False, type_update=False)
    hook(Device, name="of devices")
    hook(Site, name="off", enabled=False)
    with changing(door="web"):
        hall = Site.objects.create(name="Hall")
    with changing(door="web"):
        hall.city = "Oslo"
        hall.save()
    with changing(door="web"):
        hall.delete()
    assert sorted(fired()) == [
        ("create", "Hall"),
        ("delete", "Hall"),
        ("delete", "Hall"),
        ("update", "Hall"),
    ]
    run = JobResult.objects.first()
    assert run is not None
    assert run.door == "hook"
    assert ObjectChange.objects.filter(pk=run.task_kwargs["object_change"]).exists()
    assert not ObjectChange.objects.filter(awaits_hooks=True).exists()


def test_a_second_look_fires_nothing_again(hook: Make) -> None:
    hook(Site)
    Site.objects.create(name="Hall")
    assert [fire_hooks(), fire_hooks()] == [1, 0]
    assert JobResult.objects.count() == 1


def test_saving_without_a_change_fires_nothing(hook: Make) -> None:
    hall = Site.objects.create(name="Hall")
    fire_all()
    hook(Site)
    hall.save()
    assert fired() == []


def test_many_saves_in_one_transaction_are_answered_once(hook: Make) -> None:
    hook(Site)
    with transaction.atomic():
        hall = Site.objects.create(name="Hall")
        for city in ("Oslo", "Bergen", "Bodø"):
            hall.city = city
            hall.save()
    fire_all()
    assert fired() == [("create", "Hall")]
    with transaction.atomic():
        for city in ("Oslo", "Bergen"):
            hall.city = city
            hall.save()
        hall.name = "Hangar"
        hall.save()
    assert sorted(fired()) == [("create", "Hall"), ("update", "Hangar")]
    with transaction.atomic():
        hall.city = ""
        hall.save()
        hall.delete()
    assert ("delete", "Hangar") in fired()


def test_a_request_is_one_even_where_its_changes_fill_more_than_a_batch(hook: Make) -> None:
    hook(Site)
    hall = Site(name="Hall")
    request = uuid.uuid4()
    ObjectChange.objects.all().delete()
    with changing(door="web", request_id=request):
        hall.save()
    row = ObjectChange.objects.get()
    rows = []
    for number in range(BATCH + 20):
        copy = ObjectChange.objects.get(pk=row.pk)
        copy.pk, copy.action, copy.object_repr = uuid.uuid4(), "update", f"Hall {number}"
        rows.append(copy)
    ObjectChange.objects.bulk_create(rows)
    assert fired() == [("create", "Hall")]
    assert HookFiring.objects.count() == 1


def test_changes_of_a_job_hook_fire_none(hook: Make) -> None:
    hook(Site)
    with changing(door="job-hook"):
        Site.objects.create(name="Hall")
    with changing(door="job"):
        Site.objects.create(name="Hangar")
    assert fired() == [("create", "Hangar")]


def test_conditions_narrow_updates(hook: Make) -> None:
    hook(Site, changed_fields=["city"])
    with changing(door="web"):
        hall = Site.objects.create(name="Hall")
    hall.name = "Hangar"
    with changing(door="web"):
        hall.save()
    hall.city = "Oslo"
    with changing(door="web"):
        hall.save()
    assert sorted(fired()) == [("create", "Hall"), ("update", "Hangar")]


def test_conditions_see_the_end_of_a_long_text(hook: Make) -> None:
    hook(Site, type_create=False, changed_fields=["city"])
    hall = Site.objects.create(name="Hall")
    ObjectChange.objects.update(awaits_hooks=False)
    hall.city = 10_000 * "x" + "yes"
    before = snapshot(hall)
    hall.name = "Hangar"
    with changing(door="web"):
        note_change(hall, user=None, before=before)
    assert fired() == []
    hall.city = 10_000 * "x" + "no!"
    with changing(door="web"):
        note_change(hall, user=None, before=before)
    assert fired() == [("update", "Hangar")]


def test_a_hook_runs_as_whoever_made_the_change_without_asking_for_the_right(hook: Make) -> None:
    hook(Site)
    hall = Site.objects.create(name="Hall")
    ObjectChange.objects.update(awaits_hooks=False)
    olga = make.make_user("olga")
    for user in (olga, None):
        with changing(door="web"):
            note_change(hall, user=user, before=snapshot(hall))
    fire_all()
    assert {each.user for each in JobResult.objects.all()} == {olga, None}


@pytest.mark.parametrize("gone", ["deleted", "switched off"])
def test_a_user_who_is_gone_is_recorded(hook: Make, gone: str) -> None:
    row = hook(Site)
    olga = make.make_user("olga")
    hall = Site.objects.create(name="Hall")
    fire_all()
    note_change(hall, user=olga, before=snapshot(hall))
    if gone == "deleted":
        olga.delete()
    else:
        type(olga).objects.update(is_active=False)
    fire_all()
    firing = HookFiring.objects.get(job_result=None)
    assert (firing.hook, firing.skipped) == (row, ChangerGone().message)
    assert JobResult.objects.count() == 1


def test_a_job_that_cannot_run_is_recorded_and_fails_nobody(hook: Make, job: Job) -> None:
    hook(Site)
    Job.objects.update(enabled=False)
    Site.objects.create(name="Hall")
    after_commit()
    assert HookFiring.objects.get().skipped == "This job is not enabled to be run."
    assert not JobResult.objects.exists()


def test_runs_wait_when_no_worker_listens(hook: Make) -> None:
    hook(Site)
    Site.objects.create(name="Hall")
    fire_all()
    run = JobResult.objects.get()
    assert run.status == "PENDING"
    assert run.waiting_reason


def test_links_count_as_updates(hook: Make, job: Job) -> None:
    hook(Job, type_create=False, changed_fields=["tags"])
    note_change(job, user=None, before={**snapshot(job), "tags": ["x"]})
    note_change(job, user=None, before={**snapshot(job), "description": "x"})
    assert fired() == [("update", job.name)]


def test_without_hooks_changes_are_passed_by_in_bulk(
    job: Job, django_assert_max_num_queries: Any
) -> None:
    for number in range(50):
        Site.objects.create(name=f"s{number}")
    assert ObjectChange.objects.filter(awaits_hooks=True).count() == 50
    with django_assert_max_num_queries(4):
        assert fire_all() == 50
    assert not HookFiring.objects.exists()


def test_a_storm_takes_few_queries(hook: Make, django_assert_max_num_queries: Any) -> None:
    hook(Site)
    hook(Device)
    for number in range(300):
        Site.objects.create(name=f"s{number}")
    with django_assert_max_num_queries(40):
        assert fire_all() == 300
    assert JobResult.objects.count() == HookFiring.objects.count() == 300
