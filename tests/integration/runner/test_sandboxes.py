"""Runs in a sandbox: they do their work, with what they need and no more."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.core.files.base import ContentFile
from django.db import connection

from jobsmith.engines.inline import run_now
from jobsmith.models import JobFile, JobResult, SourceTree, Tag
from jobsmith.processes import sandbox as bubblewrap
from jobsmith.sources import trees
from jobsmith.sources.inspect import inspect
from jobsmith.specs import to_json
from tests.support.job_files import folder
from tests.support.sandboxes import need_sandboxes

from .conftest import WorkerProgram

JOBS = Path(__file__).parents[2] / "support" / "isolation_jobs"
LOCAL = ("sandbox", "offline", "untrusted")
LEVELS = LOCAL if connection.vendor == "sqlite" else ("sandbox", "untrusted")
"""Without a network there is no way to a database on one."""
Ask = Callable[..., JobResult]


@pytest.fixture
def sandbox() -> None:
    need_sandboxes()


@pytest.fixture
def digest(transactional_db: None) -> str:
    """A version of the folder, with what its jobs declare."""
    made = trees.snapshot(JOBS)
    trees.store(made)
    found = inspect(folder(JOBS), trees.ensure(made.digest))
    specs = {each.class_path: to_json(each) for each in found.specs}
    SourceTree.objects.filter(pk=made.digest).update(specs=specs)
    return made.digest


@pytest.fixture
def make(make_result: Callable[..., JobResult], digest: str) -> Ask:
    """A run of a job of the folder that waits, at a level."""

    def make(name: str, level: str, **inputs: object) -> JobResult:
        return make_result(
            name,
            class_path=f"plain.{name}",
            source_digest=digest,
            source_key="folder",
            isolation=level,
            task_kwargs=inputs,
        )

    return make


@pytest.fixture
def ask(
    sandbox: None,
    make: Ask,
    start_worker: Callable[..., WorkerProgram],
    finish: Callable[..., JobResult],
) -> Ask:
    """The same, to its end."""
    start_worker()
    return lambda *args, **inputs: finish(make(*args, **inputs), 60)


def test_runs_find_what_they_need_and_no_more(ask: Ask) -> None:
    file, one, two = paper(), Tag.objects.create(name="one"), Tag.objects.create(name="two")
    for level in LEVELS:
        looks = ask("Looks", level)
        assert looks.status == "SUCCESS", looks.cause_detail
        assert looks.isolation == looks.result["level"] == level
        assert looks.result["home"] == "/tmp"
        assert looks.result["pids"] <= 4
        reads = ask("Reads", level, paper={"file": str(file.pk), "name": "paper.txt"})
        assert reads.result == ["paper.txt", "what it says"], reads.cause_detail
        counts = ask("Counts", level)
        if level != "untrusted":
            assert counts.status == "SUCCESS", counts.cause_detail
    assert counts.status == "FAILURE"
    assert "its source is untrusted" in counts.cause_detail
    holds = ask("Holds", "untrusted", tag=str(one.pk), tags=[str(one.pk), str(two.pk)])
    *told, names, refusal = holds.result
    assert told == ["one", "one", str(one.pk), "jobsmith.tag"]
    assert sorted(names) == ["one", "two"]
    assert "save is not among the plain data" in refusal
    greets = ask("Greets", "untrusted", word="you")
    assert [each.name for each in greets.files.all()] == ["greeting.txt"]


def test_runs_that_are_started_afresh_are_in_a_sandbox_too(
    sandbox: None,
    make: Ask,
    start_worker: Callable[..., WorkerProgram],
    finish: Callable[..., JobResult],
) -> None:
    start_worker("spawn")
    file = {"file": str(paper().pk), "name": "paper.txt"}
    reads, looks = make("Reads", "untrusted", paper=file), make("Looks", "untrusted")
    assert finish(reads, 60).result == ["paper.txt", "what it says"], reads.cause_detail
    assert finish(looks, 60).result["level"] == "untrusted"


def paper() -> JobFile:
    file = JobFile(name="paper.txt", kind="input")
    file.file.save("paper.txt", ContentFile(b"what it says"))
    file.save()
    return file


def test_a_record_that_is_gone_is_said_before_an_untrusted_run_begins(
    sandbox: None, make: Ask
) -> None:
    one = Tag.objects.create(name="one")
    gone = "8f14e45f-ceea-467f-a9a3-d5c5a1e3b0aa"
    result = run_now(make("Holds", "untrusted", tag=gone, tags=[str(one.pk)]))
    assert (result.status, result.cause) == ("FAILURE", "not_started")
    assert result.cause_detail == "The object that was chosen for tag no longer exists."


def test_a_level_that_was_raised_meanwhile_holds_and_one_that_was_lowered_does_not(
    sandbox: None, make: Ask, start_worker: Callable[..., WorkerProgram], finish: Ask
) -> None:
    start_worker(ISOLATION={"folder": "sandbox"})
    levels = {level: make("Looks", level) for level in ("process", "untrusted", "")}
    found = {level: finish(result, 60).isolation for level, result in levels.items()}
    assert found == {"process": "sandbox", "": "sandbox", "untrusted": "untrusted"}


def test_a_machine_without_bubblewrap_refuses_in_one_sentence(
    make: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bubblewrap.missing.cache_clear()
    monkeypatch.setenv("PATH", str(tmp_path))
    result = run_now(make("Looks", "sandbox"))
    bubblewrap.missing.cache_clear()
    assert (result.status, result.cause) == ("FAILURE", "not_started")
    assert result.cause_detail == (
        "The source of this job asks for a sandbox, and there can be none here: "
        "bubblewrap (bwrap) is not installed on this machine."
    )


@pytest.fixture
def for_all() -> Iterator[Path]:
    """A folder that the user of runs can read, too."""
    with TemporaryDirectory(dir="/var/tmp", prefix="jobsmith-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_a_sandbox_that_does_not_come_up_ends_the_run(
    make: Ask, monkeypatch: pytest.MonkeyPatch, for_all: Path
) -> None:
    broken = for_all
    (broken / "bwrap").write_text('#!/bin/sh\ncase "$*" in *exit*) exit 0;; *) exit 1;; esac\n')
    (broken / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{broken}:{os.environ['PATH']}")
    bubblewrap.missing.cache_clear()
    result = run_now(make("Looks", "sandbox"))
    bubblewrap.missing.cache_clear()
    assert (result.status, result.cause) == ("FAILURE", "not_started")
    assert "did not come up" in result.cause_detail


def test_a_database_on_the_network_and_no_network_are_refused(
    sandbox: None, make: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite is reached without a network")
    result = run_now(make("Counts", "offline"))
    assert (result.status, result.cause) == ("FAILURE", "not_started")
    assert "over the network" in result.cause_detail
