"""Every door tells which workers live, what they do, and why others ended."""

import json
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from jobsmith.cli.main import main
from jobsmith.engines import explain, listening_workers
from jobsmith.engines.local import _keep_up
from jobsmith.models import JobQueue, JobResult, Worker
from jobsmith.models.worker import SILENT
from jobsmith.runner import reasons, versions
from jobsmith.runner.claims import claim
from tests.support.factories import grant, make_admin, make_result, make_user, make_worker

pytestmark = pytest.mark.django_db

AGES_AGO = timezone.now() - timedelta(minutes=9)


@pytest.fixture
def run() -> JobResult:
    return make_result(name="Its run", status="STARTED", worker_id=make_worker(name="w1").pk)


@pytest.fixture
def ended(run: JobResult) -> None:
    make_worker(name="said", stopped_at=timezone.now(), last_words="It was asked to stop.")
    make_worker(name="fell", beat_at=AGES_AGO)
    make_worker(name="rests", draining=True)


@pytest.fixture
def upgraded() -> None:
    """Newer code has changed the database."""
    MigrationRecorder.Migration.objects.create(app="jobsmith", name="9999_later")


STATES = {"w1": "listening", "rests": "draining", "said": "stopped", "fell": "lost"}
WORDS = {"w1": "", "rests": "", "said": "It was asked to stop.", "fell": SILENT}


def test_rest_tells_states_last_words_and_runs(ended: None, run: JobResult) -> None:
    api = APIClient()
    api.force_authenticate(make_admin())
    rows = api.get("/api/extras/workers/").json()["results"]
    assert {each["name"]: each["state"] for each in rows} == STATES
    assert {each["name"]: each["last_words"] for each in rows} == WORDS
    assert {each["name"]: each["runs"] for each in rows}["w1"] == [str(run.pk)]


def test_the_command_tells_the_same(ended: None) -> None:
    make_admin()
    for words, names in (([], {"w1", "rests"}), (["--all"], set(STATES))):
        line = ["workers", "list", "--json", "--user", "admin", *words]
        told = json.loads(CliRunner().invoke(main, line).output)
        assert {each["name"] for each in told} == names
        assert {each["name"]: each["state"] for each in told}.items() <= STATES.items()
        assert {each["name"]: each["last_words"] for each in told}.items() <= WORDS.items()


def test_the_page_shows_them_and_drains(ended: None, run: JobResult, client: Client) -> None:
    client.force_login(make_admin())
    page = client.get("/workers/").content.decode()
    for said in (*STATES, "It was asked to stop.", SILENT, f"/runs/{run.pk}/", "Its run"):
        assert said in page
    worker = Worker.objects.get(name="w1")
    answer: Any = client.post(f"/workers/{worker.pk}/drain/", {"from": "workers"})
    assert answer.url == "/workers/"
    assert "takes no more runs" in client.get("/workers/").content.decode()


def test_runs_and_queues_out_of_reach_are_not_told(run: JobResult, client: Client) -> None:
    reader = make_user("reader")
    client.force_login(reader)
    page = client.get("/workers/").content.decode()
    assert "w1" in page
    assert "Its run" not in page
    assert "default" not in page
    grant(reader, "view", JobResult)
    grant(reader, "view", JobQueue)
    page = client.get("/workers/").content.decode()
    assert "Its run" in page
    assert "default" in page


def test_a_worker_that_is_older_than_the_database_takes_nothing(upgraded: None) -> None:
    worker = make_worker()
    result = make_result()
    assert claim(worker, queues=["default"], most=1) == []
    _keep_up(worker)
    worker.refresh_from_db()
    assert (worker.state, "9999_later" in worker.outdated) == ("outdated", True)
    assert listening_workers() == []
    explain()
    result.refresh_from_db()
    assert result.waiting_reason == reasons.OUTDATED
    MigrationRecorder.Migration.objects.filter(name="9999_later").delete()
    _keep_up(worker)
    assert claim(worker, queues=["default"], most=1) == [result]


def test_our_own_migrations_are_all_known() -> None:
    assert versions.outdated() == ""
    assert MigrationRecorder.Migration.objects.filter(name=versions.LATEST).exists()


def test_the_page_says_why_an_outdated_worker_takes_nothing(upgraded: None, client: Client) -> None:
    _keep_up(make_worker())
    client.force_login(make_admin())
    page = client.get("/workers/").content.decode()
    assert "Outdated" in page
    assert "Restart it." in page
