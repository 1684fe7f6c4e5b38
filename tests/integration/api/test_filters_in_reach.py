"""Filters tell nothing of related records that the caller cannot see."""

import pytest
from rest_framework.test import APIClient

from jobsmith.models import (
    Job,
    JobQueue,
    JobResult,
    Tag,
)
from tests.integration.api.conftest import client_of
from tests.support.factories import grant, make_job, make_result, make_spec, make_user

pytestmark = pytest.mark.django_db
EXTRAS = "/api/extras/"


def count(client: APIClient, path: str) -> int:
    answer = client.get(path)
    assert answer.status_code == 200, answer.content
    return int(answer.json()["count"])


def test_names_of_related_records_out_of_sight_match_nothing() -> None:
    olga = make_user("olga", "view_jobresult")
    grant(olga, "view", Job, {"name": "Open"})
    opened, hidden = (make_job(make_spec(name)) for name in ("Open", "Hidden"))
    for job in (opened, hidden):
        make_result(job)
    JobResult.objects.update(name="run")
    client, results = client_of(olga), f"{EXTRAS}job-results/"
    for question in ("q=hid", "job_model=Hidden", "job_model=Hidden&job_model=x"):
        assert count(client, f"{results}?{question}") == 0, question
    assert count(client, f"{results}?q=open") == 1
    assert count(client, f"{results}?job_model=Open&job_model=x") == 1
    assert count(client, f"{results}?job_model={hidden.pk}") == 1


def test_a_negated_filter_tells_nothing_either() -> None:
    olga = make_user("olga", "view_jobqueue")
    grant(olga, "view", Tag, {"name": "seen"})
    seen, hidden = (Tag.objects.create(name=name) for name in ("seen", "hidden"))
    JobQueue.objects.create(name="both").tags.set([seen, hidden])
    JobQueue.objects.create(name="neither")
    url = f"{EXTRAS}job-queues/?name=both&name=neither"
    assert count(client_of(olga), f"{url}&tags=hidden") == 0
    assert count(client_of(olga), f"{url}&tags__n=hidden") == 2
    assert count(client_of(olga), f"{url}&tags__n=seen") == 1
