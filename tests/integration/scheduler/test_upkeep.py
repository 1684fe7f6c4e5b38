"""What the scheduler clears away, and what it must leave alone."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from jobsmith.actions.clear_away import forget_workers, prune_versions, remove_leftovers
from jobsmith.catalog.sync import sync_all, sync_source
from jobsmith.engines import doorbell
from jobsmith.engines.tidy import tidy
from jobsmith.errors import CodeMissing
from jobsmith.models import Source, SourceTree, Worker
from jobsmith.processes.liveness import hold, lock_path
from jobsmith.runner.claims import renew
from jobsmith.sources import trees
from tests.support.factories import make_result, make_worker
from tests.support.job_files import folder, job_file, jobsmith_settings, write

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Settings) -> Path:
    settings.JOBSMITH = jobsmith_settings(HOME=tmp_path / "home", JOBS_ROOT=None, KEEP_TREES=0)
    return tmp_path / "home"


def version(root: Path, number: int) -> str:
    """A stored and unpacked version of the folder that was last used two hours ago."""
    made = trees.snapshot(write(root, {"a.py": f"number = {number}\n"}))
    trees.store(made, label=str(number))
    unpacked = trees.ensure(made.digest)
    long_ago = timezone.now() - timedelta(hours=2)
    SourceTree.objects.filter(pk=made.digest).update(used_at=long_ago)
    os.utime(unpacked, (long_ago.timestamp(), long_ago.timestamp()))
    return made.digest


def kept(home: Path) -> tuple[set[str], set[str]]:
    """Labels of the stored versions, and those of the unpacked ones."""
    labels = dict(SourceTree.objects.values_list("digest", "label"))
    return set(labels.values()), {
        labels.get(each.name, each.name) for each in (home / "trees").iterdir()
    }


def test_what_a_source_or_an_unfinished_run_needs_is_kept(tmp_path: Path, home: Path) -> None:
    served, waiting, running, done, _unused = (version(tmp_path / "src", n) for n in range(5))
    Source.objects.create(key="folder", kind="local", tree_id=served)
    job_result = make_result(source_digest=waiting)
    for digest, status in ((running, "STARTED"), (done, "SUCCESS")):
        make_result(job_result.job_model, source_digest=digest, status=status)
    assert prune_versions() == 2
    assert kept(home) == ({"0", "1", "2"}, {"0", "1", "2"})
    assert prune_versions() == 0


def test_the_newest_others_are_kept_in_the_database_to_tell_what_ran(
    tmp_path: Path, home: Path, settings: Settings
) -> None:
    settings.JOBSMITH = {**settings.JOBSMITH, "KEEP_TREES": 2}
    for number in range(4):
        digest = version(tmp_path / "src", number)
        age = timedelta(hours=10 - number)
        SourceTree.objects.filter(pk=digest).update(used_at=timezone.now() - age)
    assert prune_versions() == 2
    assert kept(home) == ({"2", "3"}, set())
    assert trees.ensure(digest).is_dir()


def test_a_version_that_a_sync_is_about_to_serve_is_kept(tmp_path: Path, home: Path) -> None:
    digest = version(tmp_path / "src", 1)
    trees.store(trees.snapshot(tmp_path / "src"))
    assert prune_versions() == 0
    assert trees.ensure(digest).is_dir()


def test_a_version_that_served_until_just_now_is_kept_for_runs_on_their_way(
    tmp_path: Path, home: Path, settings: Settings
) -> None:
    root = tmp_path / "jobs"
    write(root, {"a.py": job_file("A")})
    first = sync_source(folder(root)).digest
    SourceTree.objects.update(used_at=timezone.now() - timedelta(days=9))
    write(root, {"a.py": job_file("B")})
    second = sync_source(folder(root)).digest
    assert prune_versions() == 0
    SourceTree.objects.update(used_at=timezone.now() - timedelta(days=9))
    sync_all()
    assert not Source.objects.filter(key="folder").exists()
    assert prune_versions() == 1
    with pytest.raises(CodeMissing):
        trees.ensure(first)
    assert trees.ensure(second).is_dir()


def test_what_was_left_half_unpacked_is_removed_when_it_is_old(home: Path) -> None:
    for name in (".draft-old", ".draft-new"):
        (home / "trees" / name / "d").mkdir(parents=True)
    os.utime(home / "trees" / ".draft-old", (1, 1))
    prune_versions()
    assert kept(home)[1] == {".draft-new"}


def test_what_a_killed_sync_left_is_removed_when_it_is_old(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    of_a_run = home / "tmp" / "0197f3a0-7c1e-7b52-8a9e-3d2f1c0b9a87"
    old = [home / "tmp" / "spare-old", tmp_path / "jobsmith-draft-old"]
    others = [home / "tmp" / "spare-new", tmp_path / "somebody-elses", of_a_run]
    for each in (*old, *others):
        (each / "d").mkdir(parents=True)
        (each / "d").chmod(0o555)
    for each in (*old, *others[1:]):
        os.utime(each, (1, 1))
    assert remove_leftovers() == 2
    assert [each.exists() for each in old] == [False, False]
    assert all(each.exists() for each in others)


def test_an_unpacked_version_whose_row_is_gone_stays_while_an_unfinished_run_names_it(
    tmp_path: Path, home: Path
) -> None:
    first, second = version(tmp_path / "src", 1), version(tmp_path / "src", 2)
    make_result(source_digest=first, status="STARTED")
    SourceTree.objects.all().delete()
    prune_versions()
    assert kept(home)[1] == {first}
    assert second not in kept(home)[1]


def test_processes_that_have_been_silent_for_a_day_are_forgotten(home: Path) -> None:
    fresh = make_worker()
    silent = make_worker(beat_at=timezone.now() - timedelta(hours=25))
    asleep = make_worker(beat_at=timezone.now() - timedelta(hours=25))
    lock = hold(lock_path(home, asleep.pk))
    try:
        assert forget_workers() == 1
        assert set(Worker.objects.all()) == {fresh, asleep}
    finally:
        os.close(lock)
    assert silent.pk not in Worker.objects.values_list("pk", flat=True)


def test_a_worker_that_was_forgotten_while_it_slept_comes_back() -> None:
    worker = make_worker()
    Worker.objects.all().delete()
    renew(worker, [])
    assert Worker.objects.alive().get() == worker
    never_saved = Worker(name="inline", hostname="here", pid=1, version="0")
    renew(never_saved, [])
    assert Worker.objects.count() == 1


def test_bells_and_locks_of_dead_workers_are_removed_and_those_of_living_ones_stay(
    home: Path,
) -> None:
    bells = {name: doorbell.hang(name) for name in ("alive", "dead", "locked")}
    held = hold(lock_path(home, "alive"))
    os.close(hold(lock_path(home, "locked")))
    try:
        tidy()
        names = {each.name for each in (home / "run").iterdir()}
        assert names == {"bell-alive", "worker-alive.lock"}
    finally:
        os.close(held)
        for bell in bells.values():
            bell.close()


def test_tidying_a_home_that_is_not_made_yet_is_nothing(home: Path) -> None:
    tidy()
    assert not (home / "run").exists()
