"""Numbers for a monitoring system."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from jobsmith.models import JobResult, ObjectPermission
from tests.support.factories import default_queue, make_admin, make_job, make_user, make_worker
from tests.support.schedules import make_schedule

pytestmark = pytest.mark.django_db


def numbers(client: Client) -> dict[tuple[str, ...], float]:
    """Values by name and labels."""
    answer = client.get(
        reverse("jobsmith-api:metrics"), headers={"accept": "text/plain, */*;q=0.1"}
    )
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(answer.content.decode())
    return {
        (sample.name.removeprefix("jobsmith_"), *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples  # labels by their names
    }


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_what_waits_runs_ends_and_is_late_is_counted() -> None:
    admin, job, now = make_admin(), make_job(), timezone.now()
    worker = make_worker()
    for fields in (
        {"status": "PENDING", "date_created": now - timedelta(seconds=90)},
        {"status": "PENDING"},
        {"status": "STARTED", "worker_id": worker.pk},
        {"status": "FAILURE", "cause": "time_limit", "date_done": now},
        {"status": "FAILURE", "cause": "time_limit", "date_done": now - timedelta(hours=1)},
    ):
        JobResult.objects.create(job_model=job, name="Ping", job_queue=default_queue(), **fields)
    make_schedule(job, admin, due=now - timedelta(minutes=5))
    make_schedule(job, admin, due=now + timedelta(minutes=5))
    make_schedule(job, admin, due=now - timedelta(minutes=5), enabled=False)
    found = numbers(signed_in(admin))
    assert found["runs", "default", "PENDING"] == 2
    assert found["runs", "default", "STARTED"] == 1
    assert 89 < found["oldest_waiting_seconds", "default"] < 200
    assert found["runs_ended_recently", "time_limit", "FAILURE"] == 1
    assert (found["workers",], found["slots",], found["slots_busy",]) == (1, 2, 1)
    assert found["schedules_late",] == 1
    assert ("info", "0") not in found


def test_numbers_are_about_what_the_asker_may_see() -> None:
    job, other = make_job(), make_user("otto")
    user = make_user("olga")
    right = ObjectPermission.objects.create(
        name="own", actions=["view"], constraints={"user": "$user"}
    )
    right.object_types.add(ContentType.objects.get_for_model(JobResult))
    right.users.add(user)
    for owner in (user, other, other):
        JobResult.objects.create(job_model=job, name="Ping", user=owner, job_queue=default_queue())
    assert numbers(signed_in(user))["runs", "default", "PENDING"] == 1
    assert ("runs", "default", "PENDING") not in numbers(signed_in(make_user("nobody")))


def test_who_is_not_signed_in_is_told_no_number() -> None:
    assert Client().get(reverse("jobsmith-api:metrics")).status_code in (401, 403)
