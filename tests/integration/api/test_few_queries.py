"""A list takes as many queries for many rows as for few, at every depth."""

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from jobsmith.actions.tokens import create_token
from jobsmith.models import (
    GitRepository,
    GraphQLQuery,
    Job,
    JobFile,
    JobLogEntry,
    JobQueue,
    JobQueueAssignment,
    Note,
    ObjectChange,
    ObjectPermission,
    ScheduledJob,
    Tag,
)
from tests.integration.api.conftest import client_of
from tests.support.factories import make_admin, make_job, make_result, make_spec, make_user

pytestmark = pytest.mark.django_db

LISTS = (
    *("extras/jobs", "extras/job-results", "extras/job-logs", "extras/job-queues"),
    *("extras/job-queue-assignments", "extras/file-proxies", "extras/tags", "extras/notes"),
    *("extras/graphql-queries", "extras/scheduled-jobs", "extras/object-changes"),
    *("extras/git-repositories", "users/users", "users/groups", "users/permissions"),
    "users/tokens",
)


def add_rows(numbers: range) -> None:
    """One more of each kind for each number, all of them related."""
    for number in numbers:
        user, name = make_user(f"user{number}"), f"row {number}"
        Group.objects.create(name=name)
        tag = Tag.objects.create(name=name)
        queue = JobQueue.objects.create(name=name)
        repository = GitRepository.objects.create(name=name, slug=f"row{number}")
        job = make_job(make_spec(f"Row{number}"), git_repository=repository)
        JobQueueAssignment.objects.create(job=job, job_queue=queue)
        kind = ContentType.objects.get_for_model(Job)
        tag.content_types.add(kind)
        for each in (job, queue, repository):
            each.tags.add(*Tag.objects.all())
        user.groups.add(*Group.objects.all())
        schedule = ScheduledJob.objects.create(
            name=name, task=job.class_path, job_model=job, job_queue=queue, user=user
        )
        run = make_result(job, user=user, scheduled_job=schedule, job_queue=queue, canceled_by=user)
        JobLogEntry.objects.create(job_result=run, seq=1, message=name, created=timezone.now())
        JobFile.objects.create(job_result=run, name=name, size=1)
        permission = ObjectPermission.objects.create(name=name, actions=["view"])
        permission.object_types.add(kind)
        permission.groups.add(*Group.objects.all())
        permission.users.add(user)
        create_token(user)
        GraphQLQuery.objects.create(name=name, query="{ jobs { id } }")
        about = {"assigned_object_type": kind, "assigned_object_id": job.pk}
        Note.objects.create(**about, user=user, user_name=user.username, note=name)
        ObjectChange.objects.create(
            user=user,
            user_name=user.username,
            request_id=uuid.uuid4(),
            action="update",
            changed_object_type=kind,
            changed_object_id=str(job.pk),
            change_context="web",
        )


def count(client: APIClient, address: str) -> tuple[int, int]:
    """Queries and rows."""
    with CaptureQueriesContext(connection) as sent:
        answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return len(sent), len(answer.json()["results"])


def everything_of(name: str) -> APIClient:
    """Somebody who sees all rows, each by a constraint."""
    user: Any = make_user(name)
    permission = ObjectPermission.objects.create(
        name=name, actions=["view"], constraints={"pk__isnull": False}
    )
    permission.object_types.set(ContentType.objects.all())
    permission.users.add(user)
    return client_of(user)


@pytest.mark.parametrize("who", ["superuser", "constrained"])
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_a_list_takes_no_more_queries_for_more_rows(depth: int, who: str) -> None:
    client = client_of(make_admin()) if who == "superuser" else everything_of(who)
    addresses = [f"/api/{each}/?depth={depth}&exclude_m2m=false&limit=0" for each in LISTS]
    add_rows(range(2))
    for each in addresses:
        count(client, each)  # what is looked up once in a process
    few = {each: count(client, each) for each in addresses}
    add_rows(range(2, 7))
    many = {each: count(client, each) for each in addresses}
    assert all(many[each][1] >= few[each][1] + 5 for each in addresses)
    assert {each: many[each][0] for each in addresses} == {each: few[each][0] for each in addresses}


def test_users_of_a_group_are_counted_and_not_fetched() -> None:
    group = Group.objects.create(name="all")
    for number in range(3):
        make_user(f"user{number}").groups.add(group)
    client = client_of(make_admin())
    with CaptureQueriesContext(connection) as sent:
        shown = client.get(f"/api/users/groups/{group.pk}/").json()
    assert shown["user_count"] == 3
    assert not any("last_login" in each["sql"] and "GROUP" in each["sql"] for each in sent)
    read = [each["sql"] for each in sent if "users_user_groups" in each["sql"]]
    assert all("COUNT(" in each for each in read), read
