"""Requests at the same time to delete one record: one does, and the trail says so once."""

from collections.abc import Iterator
from threading import Barrier, Thread

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import connections
from django.db.models import Model
from rest_framework.test import APIClient

from jobsmith.actions.tokens import create_token
from jobsmith.models import GitRepository, GraphQLQuery, JobQueue, ObjectChange, Tag
from tests.support.factories import grant, make_admin, make_job, make_result, make_user

from .conftest import client_of

MANY = 6
MAKERS = {
    "extras/tags": lambda admin: Tag.objects.create(name="red"),
    "extras/job-queues": lambda admin: JobQueue.objects.create(name="north"),
    "extras/graphql-queries": lambda admin: GraphQLQuery.objects.create(name="q", query="{a}"),
    "extras/git-repositories": lambda admin: GitRepository.objects.create(
        name="g", slug="g", remote_url="https://example.com/g.git"
    ),
    "extras/jobs": lambda admin: make_job(),
    "extras/job-results": lambda admin: make_result(status="SUCCESS"),
    "users/groups": lambda admin: Group.objects.create(name="team"),
    "users/users": lambda admin: make_user("zoe"),
    "users/permissions": lambda admin: grant(make_user("zoe"), "view", Tag),
    "users/tokens": lambda admin: create_token(admin)[0],
}


@pytest.fixture
def threads() -> Iterator[list[Thread]]:
    made: list[Thread] = []
    yield made
    for each in made:
        each.join()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", MAKERS)
def test_one_of_many_deletes_it(path: str, threads: list[Thread]) -> None:
    admin = make_admin()
    header = client_of(admin).defaults["HTTP_AUTHORIZATION"]
    row: Model = MAKERS[path](get_user_model()._default_manager.get(pk=admin.pk))
    together, answers = Barrier(MANY), []

    def ask() -> None:
        client = APIClient(HTTP_AUTHORIZATION=header)
        together.wait()
        answers.append(client.delete(f"/api/{path}/{row.pk}/").status_code)
        connections.close_all()

    threads += [Thread(target=ask) for _ in range(MANY)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(answers) == [204] + [404] * (MANY - 1)
    gone = ObjectChange.objects.filter(action="delete", changed_object_id=str(row.pk))
    assert gone.filter(object_label=row._meta.label_lower).count() == 1
