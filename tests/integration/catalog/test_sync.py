"""Job records follow their sources."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.models.signals import post_migrate
from pytest_django import Settings

from jobsmith.actions.sync_jobs import sync_jobs
from jobsmith.catalog.sync import SyncReport, sync_source
from jobsmith.models import Job, JobQueue, ObjectChange, Source, SourceProblem
from jobsmith.sources import trees
from jobsmith.sources.base import SourceRef
from jobsmith.sources.loader import load_class
from tests.support.job_files import (
    PING,
    database_url,
    folder,
    job_file,
    jobsmith_settings,
    write,
)


@pytest.fixture
def jobs(tmp_path: Path, settings: Settings, db: None) -> Path:
    root = tmp_path / "jobs"
    root.mkdir()
    settings.JOBSMITH = jobsmith_settings(
        HOME=tmp_path / "home", JOBS_ROOT=root, ENABLED_ON_CREATE=()
    )
    return root


def _sync(root: Path, files: dict[str, str] | None = None) -> SyncReport:
    write(root, files or {})
    return sync_source(folder(root))


def test_new_jobs_are_created_disabled_and_their_version_is_kept(jobs: Path) -> None:
    report = _sync(jobs, {"ping.py": PING})
    assert report.created == ("ping.Ping",)
    job = Job.objects.get()
    assert (job.name, job.enabled, job.installed) == ("Ping", False, True)
    assert (job.source, job.source_key, job.grouping) == ("local", "folder", "ping")
    assert job.declared["file"] == "ping.py"
    source = Source.objects.get()
    assert source.tree_id == report.digest
    assert (trees.ensure(report.digest) / "ping.py").is_file()


def test_shipped_examples_may_start_enabled(jobs: Path, settings: Settings) -> None:
    settings.JOBSMITH = {**settings.JOBSMITH, "ENABLED_ON_CREATE": ("folder",)}
    _sync(jobs, {"ping.py": PING})
    assert Job.objects.get().enabled


def test_a_refresh_keeps_overrides_and_enabled_and_renews_the_rest(jobs: Path) -> None:
    _sync(jobs, {"ping.py": job_file("Ping", meta="description = 'one'")})
    job = Job.objects.get()
    job.enabled = True
    job.name, job.hidden, job.overridden = "My ping", True, ["name", "hidden"]
    job.save()
    again = job_file("Ping", title="Pong", meta="description = 'two'\nread_only = True")
    assert _sync(jobs, {"ping.py": again}).refreshed == ("ping.Ping",)
    job.refresh_from_db()
    assert (job.name, job.hidden, job.enabled) == ("My ping", True, True)
    assert (job.description, job.read_only) == ("two", True)
    job.overridden = []
    job.save()
    assert (job.name, job.hidden) == ("Pong", False)


def test_a_removed_job_is_kept_as_not_installed_and_comes_back(jobs: Path) -> None:
    _sync(jobs, {"ping.py": PING, "b.py": job_file("B")})
    Job.objects.update(enabled=True)
    (jobs / "ping.py").unlink()
    assert _sync(jobs).removed == ("ping.Ping",)
    job = Job.objects.get(module_name="ping")
    assert (job.installed, job.enabled, job.runnable) == (False, True, False)
    assert _sync(jobs, {"ping.py": PING}).refreshed == ("b.B", "ping.Ping")
    job.refresh_from_db()
    assert job.runnable


def test_a_file_that_breaks_takes_its_jobs_away_and_says_so(jobs: Path) -> None:
    _sync(jobs, {"ping.py": PING, "b.py": job_file("B")})
    report = _sync(jobs, {"ping.py": "def f(:\n"})
    assert report.removed == ("ping.Ping",)
    assert "error" in {each.severity for each in report.problems}
    problems = SourceProblem.objects.filter(file="ping.py").order_by("code")
    assert [each.code for each in problems] == ["job_missing", "syntax_error"]
    assert "Ping" in problems[0].message
    assert Job.objects.get(module_name="b").installed
    assert not _sync(jobs, {"ping.py": PING}).problems
    assert not SourceProblem.objects.exists()


def test_duplicate_names_get_a_number_and_hold_it(jobs: Path) -> None:
    _sync(jobs, {"a.py": job_file("A", title="Same"), "b.py": job_file("B", title="Same")})
    first, second = Job.objects.order_by("module_name")
    assert (first.name, first.overridden) == ("Same", [])
    assert (second.name, second.overridden) == ("Same (2)", ["name"])
    assert second.declared["name"] == "Same"
    _sync(jobs, {"c.py": job_file("C", title="Same")})
    assert Job.objects.get(module_name="c").name == "Same (3)"
    second.refresh_from_db()
    assert second.name == "Same (2)"


def test_jobs_may_exchange_their_names(jobs: Path) -> None:
    _sync(jobs, {"a.py": job_file("A", title="One"), "b.py": job_file("B", title="Two")})
    _sync(jobs, {"a.py": job_file("A", title="Two"), "b.py": job_file("B", title="One")})
    names = dict(Job.objects.values_list("module_name", "name"))
    assert names == {"a": "Two", "b": "One"}


def test_queues_are_created_and_the_default_one_is_never_touched_again(jobs: Path) -> None:
    _sync(jobs, {"a.py": job_file("A", meta="task_queues = ['bulk', 'fast', '../x']")})
    job = Job.objects.get()
    assert job.default_job_queue.name == "bulk"
    assert {each.name for each in job.job_queues.all()} == {"bulk", "fast"}
    assert SourceProblem.objects.get().code == "queue_refused"
    _sync(jobs, {"a.py": job_file("A", meta="task_queues = ['slow']")})
    job.refresh_from_db()
    assert job.default_job_queue.name == "bulk"
    assert {each.name for each in job.job_queues.all()} == {"bulk", "slow"}


def test_queues_that_an_administrator_holds_stay(jobs: Path) -> None:
    _sync(jobs, {"a.py": job_file("A")})
    job = Job.objects.get()
    job.overridden = ["job_queues"]
    job.save()
    job.job_queues.add(JobQueue.objects.create(name="own"))
    _sync(jobs, {"a.py": job_file("A", meta="task_queues = ['slow']")})
    assert {each.name for each in job.job_queues.all()} == {"default", "own"}


def test_a_folder_that_cannot_be_read_changes_no_record(jobs: Path) -> None:
    report = _sync(jobs, {"ping.py": PING})
    (jobs / "ping.py").unlink()
    jobs.rmdir()
    again = _sync_gone(jobs)
    assert again.digest == report.digest
    assert Job.objects.get().installed
    assert SourceProblem.objects.get().code == "source_broken"


def _sync_gone(root: Path) -> SyncReport:
    return sync_source(folder(root))


def test_a_source_that_is_no_longer_configured_offers_nothing(
    jobs: Path, settings: Settings
) -> None:
    write(jobs, {"ping.py": PING})
    sync_jobs()
    assert Job.objects.get(module_name="ping").installed
    settings.JOBSMITH = {**settings.JOBSMITH, "JOBS_ROOT": None}
    sync_jobs()
    assert not Job.objects.get(module_name="ping").installed
    assert not Source.objects.filter(key="folder").exists()


def test_a_class_stays_with_the_source_that_offers_it(jobs: Path, tmp_path: Path) -> None:
    _sync(jobs, {"ping.py": PING})
    other = write(tmp_path / "other", {"ping.py": PING})
    report = sync_source(SourceRef(key="other", kind="local", title="other", path=other))
    assert [each.code for each in report.problems] == ["class_taken"]
    assert Job.objects.get().source_key == "folder"


@pytest.mark.parametrize("module", ["ping", "random"])
def test_what_was_synced_can_be_loaded_from_its_tree(jobs: Path, module: str) -> None:
    report = _sync(jobs, {f"{module}.py": job_file("Ping")})
    program = (
        "import sys; from pathlib import Path; from jobsmith.sources.loader import load_class\n"
        "job = load_class(Path(sys.argv[1]), sys.argv[2]); print(job().run(), job.file_path)"
    )
    tree = trees.ensure(report.digest)
    command = [sys.executable, "-c", program, str(tree), f"{module}.Ping"]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    said = subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout
    assert said == f"Ping {tree / module}.py\n"
    assert load_class.__module__ == "jobsmith.sources.loader"


def test_syncing_imports_no_job_module_here(jobs: Path) -> None:
    _sync(jobs, {"very_own_ping.py": PING, "very_own_pkg/__init__.py": PING})
    assert Job.objects.count() == 2
    assert not [name for name in sys.modules if name.startswith("very_own")]


@pytest.mark.django_db(transaction=True)
def test_syncs_at_once_neither_double_nor_fail(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write(
        tmp_path / "jobs",
        {f"m{n}.py": job_file("A", title="Same", meta="task_queues = ['q']") for n in range(5)},
    )
    program = (
        "import sys, django; django.setup()\n"
        "from pathlib import Path\n"
        "from jobsmith.catalog.sync import sync_source\n"
        "from jobsmith.sources.base import SourceRef\n"
        "root = Path(sys.argv[1])\n"
        "sync_source(SourceRef(key=sys.argv[2], kind='local', title='jobs', path=root))\n"
    )
    monkeypatch.setenv("DATABASE_URL", database_url())
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "JOBSMITH_HOME": str(tmp_path / "home"),
    }
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(root), key], env=env)
        for key in ("one", "one", "two", "one")
    ]
    assert [each.wait() for each in running] == [0] * 4
    names = sorted(Job.objects.values_list("name", flat=True))
    assert names == ["Same", "Same (2)", "Same (3)", "Same (4)", "Same (5)"]


@pytest.mark.django_db(transaction=True)
def test_migrate_syncs_and_flush_only_brings_the_default_queue_back(
    tmp_path: Path, settings: Settings
) -> None:
    root = write(tmp_path / "jobs", {"ping.py": PING})
    settings.JOBSMITH = jobsmith_settings(
        HOME=tmp_path / "home", JOBS_ROOT=root, SYNC_ON_MIGRATE=True
    )
    call_command("flush", interactive=False, verbosity=0)
    assert not Job.objects.filter(module_name="ping").exists()
    assert JobQueue.objects.filter(name="default").exists()
    call_command("migrate", interactive=False, verbosity=0)
    assert Job.objects.get(module_name="ping").installed
    assert post_migrate.receivers


def test_what_a_sync_changes_is_in_the_trail(jobs: Path) -> None:
    def trail() -> list[tuple[str, str, str, str]]:
        rows = ObjectChange.objects.filter(object_label="jobsmith.job").order_by("time", "pk")
        columns = ("object_repr", "action", "user_name", "change_context_detail")
        return list(rows.values_list(*columns))

    _sync(jobs, {"ping.py": PING, "b.py": job_file("B")})
    made = [("B", "create", "", "sync folder"), ("Ping", "create", "", "sync folder")]
    assert sorted(trail()) == made
    _sync(jobs, {})
    assert len(trail()) == 2, "nothing changed"
    _sync(jobs, {"ping.py": job_file("Ping", meta="description = 'two'")})
    assert trail()[2:] == [("Ping", "update", "", "sync folder")]
    last = ObjectChange.objects.order_by("time", "pk").last()
    assert last is not None
    assert last.before is not None
    assert last.after is not None
    assert (last.before["description"], last.after["description"]) == ("", "two")
    (jobs / "b.py").unlink()
    _sync(jobs, {})
    assert trail()[3:] == [("B", "update", "", "sync folder")]
    assert ObjectChange.objects.get(before__installed=True, after__installed=False)


def test_queues_that_a_sync_assigns_are_in_the_trail(jobs: Path) -> None:
    _sync(jobs, {"ping.py": PING})
    _sync(jobs, {"ping.py": job_file("Ping", meta="task_queues = ['fast']")})
    change = ObjectChange.objects.get(object_label="jobsmith.job", action="update")
    assert change.before is not None
    assert change.after is not None
    assert change.before["job_queues"] != change.after["job_queues"]


def test_a_sync_that_fails_leaves_no_trail(jobs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr("jobsmith.catalog.sync._store_problems", broken)
    with pytest.raises(OSError, match="no space"):
        _sync(jobs, {"ping.py": PING})
    assert not ObjectChange.objects.exists()
