"""Each field that may be overridden, through its whole life, over REST and on the page."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from rest_framework.test import APIClient

from jobsmith.actions.tokens import create_token
from jobsmith.catalog.queues import default_queue
from jobsmith.catalog.records import upsert
from jobsmith.models import OVERRIDABLE_FIELDS, Job, JobQueue, JobResult, Source
from jobsmith.specs import JobSpec, VariableSpec
from tests.support.factories import make_admin, make_result, make_spec

pytestmark = pytest.mark.django_db

VALUES: dict[str, tuple[Any, Any, Any]] = {
    "grouping": ("One", "Two", "Mine"),
    "name": ("Ping one", "Ping two", "My ping"),
    "description": ("First.", "Second.", "My words."),
    "console_log_default": (False, True, True),
    "dryrun_default": (False, True, True),
    "hidden": (False, True, True),
    "soft_time_limit": (10.0, 20.0, 30.0),
    "time_limit": (60.0, 70.0, 80.0),
    "has_sensitive_variables": (False, True, True),
    "is_singleton": (False, True, True),
    "concurrency_limit": (1, 2, 3),
    "concurrency_key": ("site", "rack", "zone"),
    "concurrency_when_full": ("skip", "fail", "replace"),
    "max_retries": (1, 2, 3),
    "approval_required": (False, True, True),
    "job_queues": (["north"], ["south"], ["mine"]),
    "default_job_queue": ("north", "south", "mine"),
}
"""What the source declares first, what it declares later, and what an administrator sets."""


def spec_with(field: str, value: Any) -> JobSpec:
    """What a source says, with one field's value."""
    if field in ("job_queues", "default_job_queue"):
        return make_spec("Ping", task_queues=[value] if isinstance(value, str) else value)
    names = ("site", "rack", "zone")
    asked = [VariableSpec(name=name, type="StringVar", required=False) for name in names]
    return replace(make_spec("Ping", *asked), **{field: value})


class Life:
    """One job, read from a source and edited at one door."""

    def __init__(self, door: str, field: str) -> None:
        self.field = field
        self.first, self.later, self.mine = VALUES[field]
        self.source = Source.objects.create(key="app:other", kind="plugin", title="other")
        boss = make_admin()
        _, plain = create_token(boss)
        self.api = APIClient(HTTP_AUTHORIZATION=f"Token {plain}")
        self.browser = Client()
        self.browser.force_login(boss)
        self.edit = self._by_rest if door == "rest" else self._by_page
        default_queue()
        for name in ("north", "south", "mine"):
            JobQueue.objects.get_or_create(name=name)

    def read(self, value: Any) -> None:
        self._sync([spec_with(self.field, value)])

    def uninstall(self) -> None:
        self._sync([])

    def _sync(self, specs: list[JobSpec]) -> None:
        with transaction.atomic():
            upsert(self.source, specs)

    @property
    def job(self) -> Job:
        return Job.objects.get(module_name="pings")

    @property
    def url(self) -> str:
        return f"/api/extras/jobs/{self.job.pk}/"

    @property
    def value(self) -> Any:
        if self.field == "job_queues":
            return sorted(each.name for each in self.job.job_queues.all())
        if self.field == "default_job_queue":
            return self.job.default_job_queue.name
        return getattr(self.job, self.field)

    @property
    def held(self) -> bool:
        shown = self.api.get(self.url).json()
        assert shown[f"{self.field}_override"] == (self.field in self.job.overridden)
        return bool(shown[f"{self.field}_override"])

    def _by_rest(self, held: bool, value: Any = None) -> int:
        body = {f"{self.field}_override": held} | ({self.field: value} if held else {})
        return self.api.patch(self.url, body, format="json").status_code

    def _by_page(self, held: bool, value: Any = None) -> int:
        """The whole form, as a browser sends it: what is not held is left as shown."""
        job = self.job
        body: dict[str, Any] = {"enabled": "on"} if job.enabled else {}
        flags = {*job.overridden, self.field} if held else {*job.overridden} - {self.field}
        body |= {f"{name}_override": "on" for name in flags}
        body |= {"grouping": job.grouping, "name": job.name, "description": job.description}
        body |= {"soft_time_limit": job.soft_time_limit, "time_limit": job.time_limit}
        if held:
            names = {queue.name: str(queue.pk) for queue in JobQueue.objects.all()}
            lists = [names[each] for each in value] if isinstance(value, list) else value
            body[self.field] = names[value] if self.field == "default_job_queue" else lists
            if value is False:
                body.pop(self.field)
        answer = self.browser.post(f"/jobs/{job.pk}/edit/", body)
        return 200 if answer.status_code == 302 else answer.status_code


@pytest.fixture(params=["rest", "page"])
def door(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def among(life: Life, value: Any) -> Any:
    """The default queue is always one of the queues."""
    if life.field != "job_queues":
        return value
    return sorted({*value, life.job.default_job_queue.name})


@pytest.mark.parametrize("field", OVERRIDABLE_FIELDS)
def test_a_field_through_its_whole_life(door: str, field: str) -> None:
    life = Life(door, field)
    follows: Callable[[Any], Any] = lambda value: among(life, value)  # noqa: E731
    first_default = "north" if field == "default_job_queue" else None

    life.read(life.first)  # declare
    assert (life.value, life.held) == (follows(life.first), False)

    assert life.edit(True, life.mine) == 200  # override
    assert (life.value, life.held) == (follows(life.mine), True)

    life.read(life.later)  # refresh: the override stays
    assert (life.value, life.held) == (follows(life.mine), True)

    assert life.edit(False) == 200  # clear: what is declared now, at once
    assert (life.value, life.held) == (follows(life.later), False)

    assert life.edit(True, life.mine) == 200
    life.uninstall()
    assert not life.job.installed
    assert (life.value, life.held) == (follows(life.mine), True), "kept while not installed"

    life.read(life.first)  # reinstall
    assert life.job.installed
    assert (life.value, life.held) == (follows(life.mine), True)
    assert life.edit(False) == 200
    assert (life.value, life.held) == (follows(life.first), False)

    run = make_result(life.job)
    assert life.api.delete(life.url).status_code == 204  # delete
    assert JobResult.objects.get(pk=run.pk).job_model is None
    life.read(life.later)
    assert (life.value, life.held, life.job.enabled) == (follows(life.later), False, False)
    assert first_default is None or life.job.default_job_queue.name == "south"


@pytest.mark.parametrize("field", OVERRIDABLE_FIELDS)
def test_a_value_without_its_flag_is_refused_and_named(field: str) -> None:
    life = Life("rest", field)
    life.read(life.first)
    answer = life.api.patch(life.url, {field: life.mine}, format="json")
    assert (answer.status_code, list(answer.json())) == (400, [field])
    assert f"{field}_override" in answer.json()[field][0]
    same = life.first if field != "job_queues" else among(life, life.first)
    assert life.api.patch(life.url, {field: same}, format="json").status_code == 200
    assert not life.held
