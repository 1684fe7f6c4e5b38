"""Who is told of what."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone

from jobsmith import policies
from jobsmith.actions.cancel_result import cancel_result
from jobsmith.actions.notifications import mark_read
from jobsmith.actions.tell_events import forget_notifications, tell_events
from jobsmith.lifecycle import Cause, Status
from jobsmith.models import JobResult, NotificationDelivery, NotificationEvent, NotificationRule
from tests.support import factories as make

Rule = Callable[..., NotificationRule]
Ended = Callable[..., JobResult]
Event = NotificationRule.Event


def told(user: Any) -> list[str]:
    return [each.event.facts["title"] for each in policies.notifications(user).order_by("id")]


@pytest.fixture
def viewer(db: None) -> Any:
    return make.make_user("vera", "view_jobresult")


def test_a_run_that_failed_is_told_to_those_whom_the_rule_names(
    rule: Rule, ended: Ended, viewer: Any, admin: Any
) -> None:
    rule(viewer)
    ended(user=admin)
    assert tell_events() == 1
    assert told(viewer) == ["Ping failed"]
    assert told(admin) == []


def test_members_of_groups_are_told_once(rule: Rule, ended: Ended, viewer: Any) -> None:
    group = Group.objects.create(name="on call")
    viewer.groups.add(group)
    rule(viewer).groups.add(group)
    rule(viewer)  # and another rule of the same
    ended()
    tell_events()
    assert told(viewer) == ["Ping failed"]


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (Status.SUCCESS, "Ping succeeded"),
        (Status.FAILURE, "Ping failed"),
        (Status.REVOKED, "Ping was cancelled"),
    ],
)
def test_each_end_has_its_words(
    rule: Rule, ended: Ended, viewer: Any, status: str, title: str
) -> None:
    rule(viewer)
    ended(status)
    tell_events()
    assert told(viewer) == [title]


def test_only_events_that_are_asked_for_are_told(rule: Rule, ended: Ended, viewer: Any) -> None:
    rule(viewer, events=[Event.RUN_LOST])
    ended(Status.FAILURE, cause=Cause.EXCEPTION)
    ended(Status.FAILURE, cause=Cause.WORKER_LOST)
    ended(Status.SUCCESS)
    tell_events()
    [only] = policies.notifications(viewer)
    assert only.event.facts["cause"] == "worker_lost"
    assert NotificationEvent.objects.count() == 1  # what nobody is told of is forgotten


def test_only_jobs_that_are_chosen_are_told(rule: Rule, ended: Ended, viewer: Any) -> None:
    other = make.make_job(make.make_spec("Pong"))
    rule(viewer).jobs.add(other)
    ended()
    ended(job=other)
    tell_events()
    assert told(viewer) == ["Pong failed"]


def test_only_runs_of_the_owner_where_the_rule_says_so(
    rule: Rule, ended: Ended, viewer: Any, admin: Any
) -> None:
    rule(viewer, own_only=True)
    ended(user=viewer)
    ended(Status.SUCCESS, user=admin)
    tell_events()
    assert told(viewer) == ["Ping succeeded"]


def test_a_rule_tells_nothing_that_its_owner_may_not_see(
    rule: Rule, ended: Ended, viewer: Any
) -> None:
    owner = make.make_user("otto", "view_jobresult")
    rule(viewer, owner=owner)
    ended()
    owner.user_permissions.clear()
    tell_events()
    assert told(viewer) == []


def test_an_owner_who_was_switched_off_tells_nothing(rule: Rule, ended: Ended, viewer: Any) -> None:
    owner = make.make_user("otto", "view_jobresult")
    rule(viewer, owner=owner)
    ended()
    type(owner).objects.filter(pk=owner.pk).update(is_active=False)
    tell_events()
    assert NotificationDelivery.objects.count() == 0


def test_recipients_are_told_only_what_they_may_see(rule: Rule, ended: Ended, viewer: Any) -> None:
    rule(viewer, make.make_user("nora"))
    ended()
    tell_events()
    assert [each.user.username for each in NotificationDelivery.objects.all()] == ["vera"]


def test_what_was_told_is_hidden_from_those_who_lost_the_right(
    rule: Rule, ended: Ended, viewer: Any
) -> None:
    rule(viewer)
    ended()
    tell_events()
    viewer.user_permissions.clear()
    assert told(policies.as_of_now(viewer)) == []


def test_inputs_and_messages_of_the_job_are_told_to_nobody(
    rule: Rule, ended: Ended, viewer: Any
) -> None:
    rule(viewer)
    hush = "hush-hush"
    kept = {"cause_detail": hush, "task_kwargs": {"pin": hush}, "traceback": hush}
    ended(**kept, result={"exc_message": [hush]})
    tell_events()
    assert hush not in str(list(NotificationEvent.objects.values()))


def test_without_rules_nothing_is_noted(ended: Ended) -> None:
    ended()
    assert not NotificationEvent.objects.exists()


def test_a_rule_that_is_off_tells_nothing(rule: Rule, ended: Ended, viewer: Any) -> None:
    rule(viewer, enabled=False)
    rule(viewer, events=[Event.RUN_SUCCEEDED])
    ended()
    assert tell_events() == 1
    assert not NotificationEvent.objects.exists()


def test_runs_that_are_gone_are_told_to_nobody(rule: Rule, ended: Ended, viewer: Any) -> None:
    rule(viewer)
    ended().delete()
    assert tell_events() == 1
    assert not NotificationEvent.objects.exists()


def test_a_waiting_run_that_is_cancelled_is_told(rule: Rule, viewer: Any, admin: Any) -> None:
    rule(viewer)
    cancel_result(make.make_result(), user=admin)
    tell_events()
    assert told(viewer) == ["Ping was cancelled"]


def test_looking_twice_tells_once(rule: Rule, ended: Ended, viewer: Any) -> None:
    rule(viewer)
    ended()
    tell_events()
    NotificationEvent.objects.update(waits=True)
    tell_events()
    assert told(viewer) == ["Ping failed"]


def test_people_mark_only_their_own_as_read(
    rule: Rule, ended: Ended, viewer: Any, admin: Any
) -> None:
    rule(viewer, admin)
    ended()
    tell_events()
    theirs = policies.notifications(admin).get()
    assert mark_read(user=viewer, keys=[theirs.pk]) == 0
    assert mark_read(user=viewer) == 1
    assert mark_read(user=viewer) == 0
    assert policies.notifications(admin).get().read_at is None


def test_many_events_take_few_queries(
    rule: Rule, ended: Ended, viewer: Any, django_assert_max_num_queries: Any
) -> None:
    rule(viewer)
    for _ in range(200):
        ended()
    with django_assert_max_num_queries(20 if connection.vendor == "postgresql" else 30):
        assert tell_events() == 200
    assert policies.notifications(viewer).count() == 200


def test_what_was_told_long_ago_is_forgotten(rule: Rule, ended: Ended, viewer: Any) -> None:
    rule(viewer)
    ended()
    tell_events()
    NotificationEvent.objects.update(happened_at=timezone.now() - timedelta(days=91))
    assert forget_notifications() > 0
    assert not NotificationDelivery.objects.exists()
