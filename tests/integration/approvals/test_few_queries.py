"""Lists of approvals ask no more questions of the database for many rows than for few."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from jobsmith.actions.decide_approval import comment_stage
from jobsmith.models import Job
from tests.integration.api.conftest import client_of
from tests.support.approvals import define, request_of, stage_of
from tests.support.factories import make_admin

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
