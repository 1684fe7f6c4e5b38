"""A run is accepted, started and shown by the version of the job that it recorded."""

from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from jobsmith.actions.enqueue_job import enqueue_job
from jobsmith.actions.run_form import json_run_form
from jobsmith.catalog.sync import sync_source
from jobsmith.catalog.versions import known_spec, recorded_spec
from jobsmith.engines.inline import run_now
from jobsmith.errors import JobChanged, JobNotInstalled
from jobsmith.models import Job, JobResult, Source, SourceTree
from jobsmith.runner import begin
from tests.support.factories import make_admin, make_result, make_worker
from tests.support.job_files import folder, write

TELLS = """
    from jobsmith.jobs import *

    class Tells(Job):
        net = {variable}(required=False)
        def run(self, net):
            return [type(net).__name__, {version}]

    register_jobs(Tells)
"""


@pytest.fixture
def jobs(tmp_path: Path) -> Path:
    return tmp_path / "jobs"


def serve(root: Path, variable: str, version: int = 1) -> Job:
    write(root, {"tells.py": TELLS.format(variable=variable, version=version)})
    sync_source(folder(root))
    Job.objects.update(enabled=True)
    return Job.objects.get()


def enqueue(job: Job, user: Any, **data: Any) -> JobResult:
    form = json_run_form(job, user=user, data=data)
    assert form.is_valid(), form.errors
    return enqueue_job(job, user=user, inputs=form.clean_inputs)


@pytest.mark.django_db(transaction=True)
def test_inputs_are_decoded_as_the_recorded_version_declares_them(jobs: Path) -> None:
    make_worker()
    result = enqueue(serve(jobs, "IPNetworkVar"), make_admin(), net="10.0.0.0/8")
    assert serve(jobs, "StringVar", 2).declared["variables"][0]["type"] == "StringVar"
    assert run_now(result).result == ["IPNetwork", 1]


@pytest.mark.django_db(transaction=True)
def test_a_version_from_before_specs_were_kept_is_described_by_its_own_code(jobs: Path) -> None:
    make_worker()
    result = enqueue(serve(jobs, "IPNetworkVar"), make_admin(), net="10.0.0.0/8")
    serve(jobs, "StringVar", 2)
    SourceTree.objects.update(specs={})
    assert run_now(result).result == ["IPNetwork", 1]


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_when_a_run_begins_does_not_end_the_worker(
    jobs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_away(result: JobResult) -> dict[str, Any]:
        raise OperationalError

    make_worker()
    result = enqueue(serve(jobs, "IPNetworkVar"), make_admin(), net="10.0.0.0/8")
    monkeypatch.setattr(begin, "recorded_spec", is_away)
    assert run_now(result).result == ["IPNetwork", 1]


@pytest.mark.django_db
def test_a_sync_between_form_and_acceptance_that_changes_the_inputs_is_told(jobs: Path) -> None:
    make_worker()
    job, admin = serve(jobs, "IPNetworkVar"), make_admin()
    form = json_run_form(job, user=admin, data={"net": "10.0.0.0/8"})
    assert form.is_valid()
    serve(jobs, "StringVar", 2)
    with pytest.raises(JobChanged):
        enqueue_job(job, user=admin, inputs=form.clean_inputs)
    assert not JobResult.objects.exists()


@pytest.mark.django_db
def test_a_sync_that_leaves_the_inputs_alone_is_followed(jobs: Path) -> None:
    make_worker()
    job, admin = serve(jobs, "IPNetworkVar"), make_admin()
    form = json_run_form(job, user=admin, data={"net": "10.0.0.0/8"})
    assert form.is_valid()
    serve(jobs, "IPNetworkVar", 2)
    result = enqueue_job(job, user=admin, inputs=form.clean_inputs)
    assert result.source_digest == Source.objects.get().tree_id
    assert result.source_label == SourceTree.objects.get(pk=result.source_digest).label
    assert result.source_label


@pytest.mark.django_db
def test_a_job_that_was_deleted_meanwhile_is_not_run(jobs: Path) -> None:
    make_worker()
    job, admin = serve(jobs, "IPNetworkVar"), make_admin()
    form = json_run_form(job, user=admin, data={})
    assert form.is_valid()
    Job.objects.get().delete()
    with pytest.raises(JobNotInstalled):
        enqueue_job(job, user=admin, inputs=form.clean_inputs)


@pytest.mark.django_db
def test_the_spec_of_a_version_is_kept_with_it(jobs: Path) -> None:
    job = serve(jobs, "IPNetworkVar")
    digest = Source.objects.get().tree_id
    assert digest is not None
    run = make_result(job, source_digest=digest)
    serve(jobs, "StringVar", 2)
    job.refresh_from_db()
    assert recorded_spec(run)["variables"][0]["type"] == "IPNetworkVar"
    assert known_spec(run)["variables"][0]["type"] == "IPNetworkVar"


@pytest.mark.django_db
def test_without_its_version_a_run_is_shown_as_its_job_is_now(jobs: Path) -> None:
    job = serve(jobs, "StringVar")
    run = make_result(job, source_digest="0" * 64)
    assert recorded_spec(run) == {}
    assert known_spec(run)["variables"][0]["type"] == "StringVar"
    run.class_path = "other.Class"
    assert known_spec(run) == {}
