"""Which rows object permissions reach."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Group
from django.utils import timezone

from jobsmith import policies
from jobsmith.errors import NotAllowed, NotFound
from jobsmith.models import Job, JobFile, JobLogEntry, JobQueue, JobResult, ObjectPermission
from jobsmith.rights import allowed, reaches_all, scoped
from tests.support.factories import (
    grant,
    make_admin,
    make_job,
    make_result,
    make_spec,
    make_user,
)

pytestmark = pytest.mark.django_db


def fresh(user: Any) -> Any:
    """The user as the next request reads it."""
    return get_user_model()._default_manager.get(pk=user.pk)


def named(name: str, **fields: Any) -> Job:
    return make_job(make_spec(name), **fields)


@pytest.mark.parametrize(
    ("constraints", "expected"),
    [
        (None, {"One", "Two"}),
        ({"name": "One"}, {"One"}),
        ({"name__in": ["One", "None"]}, {"One"}),
        ([{"name": "One"}, {"name": "Two"}], {"One", "Two"}),
        ({"name": "One", "enabled": False}, set()),
        ({"job_queues__name__startswith": ""}, {"One", "Two"}),
        ({"no_such_field": 1}, set()),
        ({"enabled": "perhaps"}, set()),
        ([{"no_such_field": 1}, {"name": "Two"}], {"Two"}),
        ({"name__in": []}, set()),
    ],
)
def test_constraints_choose_rows(constraints: Any, expected: set[str]) -> None:
    job, _ = named("One"), named("Two")
    job.job_queues.add(JobQueue.objects.create(name="second"))
    user = make_user()
    grant(user, "view", Job, constraints)
    assert allowed(user, "view", Job)
    assert sorted(each.name for each in scoped(Job, user, "view")) == sorted(expected)


def test_rights_come_by_groups_too_and_add_up() -> None:
    named("One"), named("Two"), named("Three")
    user, group = make_user(), Group.objects.create(name="team")
    user.groups.add(group)
    own = grant(user, "view", Job, {"name": "One"})
    shared = grant(user, "view", Job, {"name": "Two"})
    shared.users.clear()
    shared.groups.add(group)
    own.groups.add(group)
    assert {each.name for each in scoped(Job, fresh(user), "view")} == {"One", "Two"}


def test_nothing_is_reached_without_a_right_in_force() -> None:
    named("One")
    user = make_user()
    permission = grant(user, "view", Job)
    assert not allowed(user, "change", Job)
    assert not allowed(user, "view", JobResult)
    ObjectPermission.objects.filter(pk=permission.pk).update(enabled=False)
    assert not scoped(Job, fresh(user), "view").exists()
    ObjectPermission.objects.filter(pk=permission.pk).update(enabled=True)
    gone = fresh(user)
    gone.is_active = False
    assert not allowed(gone, "view", Job)
    assert not scoped(Job, gone, "view").exists()
    assert not scoped(Job, AnonymousUser(), "view").exists()


def test_a_superuser_and_djangos_own_permission_reach_everything() -> None:
    named("One")
    for user in (make_admin(), make_user("ann", "view_job")):
        assert reaches_all(user, "view", Job)
        assert scoped(Job, user, "view").count() == 1


def test_own_runs_only() -> None:
    mine, other = make_user("mine"), make_user("other")
    job = make_job()
    own, _ = make_result(job, user=mine), make_result(job, user=other)
    grant(mine, "view", JobResult, {"user": "$user"})
    assert list(policies.results(mine)) == [own]


def test_logs_console_and_files_take_two_rights() -> None:
    mine, other = make_user("mine"), make_user("other")
    job = make_job()
    own, foreign = make_result(job, user=mine), make_result(job, user=other)
    for run in (own, foreign):
        JobLogEntry.objects.create(job_result=run, seq=1, message="hello", created=timezone.now())
        JobFile.objects.create(job_result=run, name="a.txt", size=0)
    grant(mine, "view", JobResult, {"user": "$user"})
    assert not policies.logs(mine, own).exists()
    assert not policies.files(mine).exists()
    grant(mine, "view", JobLogEntry)
    grant(mine, "view", JobFile)
    mine = fresh(mine)
    assert policies.logs(mine, own).count() == 1
    assert not policies.logs(mine, foreign).exists()
    assert [each.job_result for each in policies.files(mine)] == [own]
    assert policies.log_entries(mine).count() == 1


def test_a_row_out_of_reach_is_like_an_unknown_one() -> None:
    one, two = named("One"), named("Two")
    user = make_user()
    with pytest.raises(NotAllowed):
        policies.require_on(user, "run", one)
    grant(user, "run", Job, {"name": "One"})
    user = fresh(user)
    policies.require_on(user, "run", one)
    with pytest.raises(NotFound):
        policies.require_on(user, "run", two)


def test_who_may_change_runs_may_cancel_those_in_reach() -> None:
    boss, other = make_user("boss"), make_user("other")
    job, secret = named("One"), named("Two")
    run, hidden = make_result(job, user=other), make_result(secret, user=other)
    grant(boss, "view", JobResult)
    grant(boss, "change", JobResult, {"job_model__name": "One"})
    assert list(policies.cancellable(boss)) == [run]
    assert hidden not in policies.cancellable(boss)


def test_the_rights_of_a_user_are_read_in_one_query(
    django_assert_num_queries: Any,
) -> None:
    user = make_user()
    grant(user, "view", Job, {"name": "One"})
    grant(user, "view", JobResult, {"user": "$user"})
    user.has_perm("jobsmith.view_job")
    with django_assert_num_queries(1):
        allowed(user, "view", Job)
        allowed(user, "view", JobResult)
        allowed(user, "run", Job)


@pytest.mark.parametrize("constraints", [[], "", 0, False, "x", [[]], ["x"]])
def test_what_is_no_constraint_matches_no_row(constraints: Any) -> None:
    user = make_user("ann")
    named("One")
    row = grant(user, "view", Job)
    ObjectPermission.objects.filter(pk=row.pk).update(constraints=constraints)
    user = fresh(user)
    assert not scoped(Job, user, "view").exists()
    assert not reaches_all(user, "view", Job)
