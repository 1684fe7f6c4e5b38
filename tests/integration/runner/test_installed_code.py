"""Runs of installed packages: only a worker that has the recorded version takes one."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.apps import apps
from pytest_django import Settings

from jobsmith.actions.enqueue_job import enqueue_job
from jobsmith.actions.sync_jobs import sync_jobs
from jobsmith.inputs.codec import CleanInputs
from jobsmith.models import Job, JobQueue, JobResult, Worker
from jobsmith.runner.claims import claim
from jobsmith.runner.reasons import NO_CODE
from jobsmith.runner.waiting import explain
from jobsmith.sources.base import packages
from jobsmith.sources.packages import LoadedPackage, loaded_digests
from tests.support import factories
from tests.support.job_files import write

from .conftest import WorkerProgram, wait_for

Start = Callable[..., WorkerProgram]
Finish = Callable[..., JobResult]
APP = "depot_of_tests"
JOBS = """
    from jobsmith.jobs import Job, register_jobs
    from .words import WORD

    class Says(Job):
        def run(self):
            return WORD

    register_jobs(Says)
"""


@pytest.fixture
def app(
    tmp_path: Path, settings: Settings, queue: JobQueue, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """An installed app with a job that says a word, here and in workers that are started."""
    root = write(tmp_path / "site", {f"{APP}/__init__.py": "", f"{APP}/jobs.py": JOBS})
    write(root, {f"{APP}/words.py": "WORD = 'one'\n"})
    monkeypatch.syspath_prepend(str(root))
    monkeypatch.setenv("PYTHONPATH", str(root), prepend=os.pathsep)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("JOBSMITH_APPS", APP)
    for name in [each for each in sys.modules if each.partition(".")[0] == APP]:
        del sys.modules[name]  # that of an earlier test
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, APP]
    assert apps.is_installed(APP)
    return root / APP


def sync() -> Job:
    sync_jobs()
    queue = JobQueue.objects.get(name="q")
    Job.objects.filter(source_key=f"app:{APP}").update(enabled=True, default_job_queue=queue)
    return Job.objects.get(source_key=f"app:{APP}")


def enqueue(job: Job) -> JobResult:
    admin = factories.make_admin(f"admin{JobResult.objects.count()}")
    return enqueue_job(job, user=admin, inputs=CleanInputs(values={}))


def change(app: Path, word: str) -> None:
    write(app, {"words.py": f"WORD = {word!r}\n"})
    shutil.rmtree(app / "__pycache__", ignore_errors=True)


def listens(worker: WorkerProgram) -> None:
    wait_for(lambda: Worker.objects.filter(pid=worker.process.pid).exists())


def waits_for_code(result: JobResult) -> None:
    def said() -> bool:
        result.refresh_from_db()
        return result.waiting_reason == NO_CODE

    wait_for(said, 10)
    assert result.status == "PENDING"


def test_new_package_code_waits_for_a_restart(
    app: Path, start_worker: Start, finish: Finish, method: str
) -> None:
    job = sync()
    old = start_worker(method)
    listens(old)
    assert finish(enqueue(job)).result == "one"
    change(app, "two")
    before_sync = enqueue(job)
    waits_for_code(before_sync)
    after_sync = enqueue(sync())
    waits_for_code(after_sync)
    note = Worker.objects.get(pid=old.process.pid).note
    assert f"The code of app:{APP} has changed: restart this worker." in note
    old.stop()
    Worker.objects.all().delete()
    start_worker(method)
    assert finish(after_sync).result == "two"
    waits_for_code(before_sync)


def test_a_worker_that_does_not_have_the_version_leaves_the_run_to_one_that_has(
    app: Path, queue: JobQueue
) -> None:
    job = sync()
    has = factories.make_worker("q", packages=loaded_digests())
    lacks = factories.make_worker("q", packages={f"app:{APP}": "0" * 64})
    run = enqueue(job)
    assert claim(lacks, queues=["q"], most=2) == []
    assert explain() == 0
    Worker.objects.filter(pk=has.pk).update(draining=True)
    assert explain() == 1
    waits_for_code(run)
    Worker.objects.filter(pk=has.pk).update(draining=False)
    assert claim(has, queues=["q"], most=2) == [run]


def test_runs_that_wait_for_code_do_not_stand_before_others(app: Path, queue: JobQueue) -> None:
    job = sync()
    worker = factories.make_worker("q", packages=loaded_digests())
    for _ in range(3):
        enqueue(job)
    other = factories.make_result(factories.make_job(), job_queue=queue)
    change(app, "two")
    found = [each for _ in range(2) for each in claim(worker, queues=["q"], most=2)]
    assert found == [other]


def test_a_worker_without_the_package_leaves_its_runs_also_when_told_of_one(
    app: Path, queue: JobQueue
) -> None:
    worker = factories.make_worker("q", packages={"app:elsewhere": "0" * 64})
    run = enqueue(sync())
    assert claim(worker, queues=["q"], most=1, only=str(run.pk)) == []
    worker.packages = loaded_digests()
    assert claim(worker, queues=["q"], most=1, only=str(run.pk)) == [run]


def test_a_package_is_intact_until_its_code_changes(app: Path) -> None:
    [ref] = [each for each in packages() if each.package == APP]
    package = LoadedPackage(ref)
    (app / "words.py").touch()
    write(app, {"notes.txt": "no code"})
    assert package.is_intact()
    change(app, "two")
    assert not package.is_intact()
    change(app, "one")
    assert not package.is_intact()


def test_a_package_that_is_gone_is_not_intact(app: Path) -> None:
    [ref] = [each for each in packages() if each.package == APP]
    package = LoadedPackage(ref)
    shutil.rmtree(app)
    assert not package.is_intact()
