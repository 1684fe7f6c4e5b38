"""Lists of approvals ask no more questions of the database for many rows than for few."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from jobsmith.actions.decide_approval import comment_stage
from jobsmith.approving import definition_for, is_watched
from jobsmith.models import Job, JobResult, ScheduledJob
from tests.integration.api.conftest import client_of
from tests.support.approvals import HOST, ask, define, request_of, stage_of
from tests.support.factories import make_admin, make_job, make_spec, make_user, make_worker

pytestmark = pytest.mark.django_db

DEEP = "?depth=1&exclude_m2m=false"
API = "/api/extras/approval-workflow"
PLACES = (
    *("/approvals/?show=all", "/approvals/?show=asked", "/approvals/?show=waiting"),
    *("/approvals/rules/", "/approvals/stages/"),
    *(f"{API}s/{DEEP}", f"{API}-stages/{DEEP}", f"{API}-stage-responses/{DEEP}"),
    *(f"{API}-definitions/{DEEP}", f"{API}-stage-definitions/{DEEP}"),
    f"/api/extras/scheduled-jobs/{DEEP}",
)


@pytest.mark.parametrize("path", PLACES)
def test_many_rows_take_no_more_queries_than_few(path: str, job: Job, olga: Any) -> None:
    admin = make_admin()
    admin.groups.add(Group.objects.get_or_create(name="leads")[0])
    client: Any = client_of(admin) if path.startswith("/api/") else Client()
    if not path.startswith("/api/"):
        client.force_login(admin)
    counts = []
    for number in range(3):
        for weight in range(1, 4):
            define(("leads", 1), weight=number * 10 + weight)
            workflow = request_of(job, admin if weight == 1 else olga)
            comment_stage(stage_of(workflow), user=admin, comments="hm")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(path).status_code == 200
        counts.append(len(queries))
    assert counts[1] == counts[2]


def cost_of_a_run(job: Job, olga: Any) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert isinstance(ask(job, olga, host="a"), JobResult)
    return len(captured)


def test_a_run_costs_the_same_however_many_rules_there_are_about_other_jobs() -> None:
    make_worker()
    job, olga = make_job(make_spec("Free", HOST)), make_user("olga", "run_job")
    ask(job, olga, host="a")  # some things are read once
    without = cost_of_a_run(job, olga)
    define(weight=1, job_model__name="Another")
    with_one = cost_of_a_run(job, olga)
    for number in range(2, 32):
        define(weight=number, job_model__name=f"Another {number}", kwargs__host="a")
    assert cost_of_a_run(job, olga) == with_one
    assert with_one <= without + 3  # one query about the job, in a savepoint


def test_a_run_costs_the_same_however_many_rules_go_by_its_inputs() -> None:
    make_worker()
    job, olga = make_job(make_spec("Free", HOST)), make_user("olga", "run_job")
    define(weight=1, kwargs__host="z")
    ask(job, olga, host="a")  # some things are read once
    with_one = cost_of_a_run(job, olga)
    for number in range(2, 32):
        define(weight=number, kwargs__host=f"z{number}")
    assert cost_of_a_run(job, olga) == with_one


def test_of_many_rules_the_weightiest_that_fits_decides_also_beside_broken_ones() -> None:
    job = make_job(make_spec("Free", HOST))
    schedule = scheduled_row(job)
    for number in range(1, 130):
        define(weight=number, kwargs__host=f"z{number}")
    assert definition_for(schedule) is None
    light = define(weight=200, kwargs__host="a")
    heavy = define(weight=300, job_model__name="Free")
    define(weight=400, kwargs__host__in=[])
    assert definition_for(schedule) == heavy
    broken = define(weight=250, no_such_column=1)
    assert definition_for(schedule) == heavy
    heavy.delete()
    assert definition_for(schedule) == broken
    broken.delete()
    assert definition_for(schedule) == light
    assert is_watched(job)


def scheduled_row(job: Job) -> ScheduledJob:
    return ScheduledJob.objects.create(
        name="one", job_model=job, task=job.class_path, interval="daily", kwargs={"host": "a"}
    )
