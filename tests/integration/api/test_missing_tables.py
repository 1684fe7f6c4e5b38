"""A database that is not set up is not called busy, at any door."""

import json
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client

from jobsmith.errors import NotSetUp
from tests.support.factories import make_admin

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def no_jobs() -> Iterator[None]:
    """The table of jobs is elsewhere meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE jobsmith_job RENAME TO elsewhere")
        yield
        cursor.execute("ALTER TABLE elsewhere RENAME TO jobsmith_job")


@pytest.mark.parametrize("door", ["/", "/api/extras/jobs/", "/api/graphql/"])
def test_the_answer_names_the_command_that_mends_it(
    client: Client, no_jobs: None, door: str
) -> None:
    client.force_login(make_admin())
    body = json.dumps({"query": "{ jobs { name } }"})
    answer = (
        client.post(door, body, content_type="application/json")
        if "graphql" in door
        else client.get(door)
    )
    assert "jobsmith migrate" in NotSetUp().message
    assert "jobsmith migrate" in answer.content.decode()
