"""How long runs are kept, and how they go."""

import gzip
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.core.files.base import ContentFile
from django.utils import timezone

from jobsmith.actions import prune_results as room
from jobsmith.actions.pin_result import pin_result, unpin_result
from jobsmith.actions.prune_results import prune_results, to_prune
from jobsmith.cli.main import main
from jobsmith.errors import NotAllowed
from jobsmith.models import Job, JobConsoleEntry, JobFile, JobLogEntry, JobResult, ObjectChange
from tests.support.factories import make_job, make_spec, make_user
from tests.support.job_files import jobsmith_settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def job() -> Job:
    return make_job()


def ended(job: Job | None, days: float, status: str = "SUCCESS", **fields: Any) -> JobResult:
    """A run that ended so many days ago."""
    then = timezone.now() - timedelta(days=days)
    fields |= {
        "date_created": then,
        "date_done": None if status in ("PENDING", "STARTED") else then,
    }
    return JobResult.objects.create(job_model=job, name="Ping", status=status, **fields)


def left() -> set[Any]:
    return set(JobResult.objects.values_list("pk", flat=True))


def test_runs_go_when_their_time_has_come(job: Job) -> None:
    young, newest = ended(job, 89), ended(job, 1)
    ended(job, 91)
    failed = ended(job, 91, "FAILURE")
    ended(job, 181, "REVOKED")
    assert prune_results() == 2
    assert left() == {young.pk, newest.pk, failed.pk}


def test_what_has_not_ended_and_the_newest_of_each_job_stay(job: Job) -> None:
    waiting = ended(job, 900, "PENDING")
    running = ended(job, 900, "STARTED")
    other = ended(make_job(make_spec("Pong")), 900)
    ended(None, 900)
    assert prune_results() == 1
    assert left() == {waiting.pk, running.pk, other.pk}


def test_a_pinned_run_stays_until_it_is_unpinned(job: Job) -> None:
    old, newest = ended(job, 900), ended(job, 1)
    JobLogEntry.objects.create(job_result=old, seq=1, created=timezone.now())
    user = make_user("olga", "change_jobresult")
    pin_result(old, user=user)
    assert prune_results() == 0
    assert JobLogEntry.objects.filter(job_result=old).exists()
    unpin_result(old, user=user)
    assert prune_results() == 1
    assert left() == {newest.pk}
    assert ObjectChange.objects.filter(changed_object_id=old.pk, action="update").count() == 2


def test_pinning_takes_the_right_to_change_runs(job: Job) -> None:
    with pytest.raises(NotAllowed):
        pin_result(ended(job, 1), user=make_user("olga", "view_jobresult"))


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        ({"keep_days": 10}, {1, 5}),
        ({"keep_days": 0}, {1, 5, 50, 500}),
        ({"keep_runs": 3}, {1, 5, 50}),
        ({"keep_runs": 1}, {1}),
        ({"keep_runs": 0}, {1, 5, 50}),
    ],
)
def test_a_job_may_keep_its_runs_for_longer_or_shorter(
    job: Job, rule: dict[str, int], kept: set[int]
) -> None:
    runs = {ended(job, days).pk: days for days in (1, 5, 50, 500)}
    pong = make_job(make_spec("Pong"))
    other = [ended(pong, days).pk for days in (1, 50)]
    Job.objects.filter(pk=job.pk).update(**rule)
    prune_results()
    assert {runs[key] for key in left() if key in runs} == kept
    assert left() >= set(other)


def test_the_settings_hold_for_jobs_that_say_nothing(job: Job, settings: Any) -> None:
    settings.JOBSMITH = jobsmith_settings(KEEP_DAYS=0, KEEP_RUNS=2)
    for days in (1, 5, 50, 500):
        ended(job, days)
    assert prune_results() == 2


def test_lines_and_files_go_along(
    job: Job, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr(room, "LINES", 2)
    doomed, newest = ended(job, 900), ended(job, 1)
    for run in (doomed, newest):
        for seq in range(1, 6):
            JobLogEntry.objects.create(job_result=run, seq=seq, created=timezone.now())
            JobConsoleEntry.objects.create(job_result=run, seq=seq, timestamp=timezone.now())
    file = JobFile(job_result=doomed, name="out.txt")
    file.file.save("out.txt", ContentFile(b"kept"))
    with django_capture_on_commit_callbacks(execute=True):
        assert prune_results() == 1
    assert not Path(file.file.path).exists()
    assert JobLogEntry.objects.count() == JobConsoleEntry.objects.count() == 5


def test_runs_are_archived_before_they_go(job: Job, settings: Any, tmp_path: Path) -> None:
    settings.JOBSMITH = jobsmith_settings(ARCHIVE_ROOT=str(tmp_path))
    doomed = ended(job, 900, result={"found": 3}, sealed_kwargs="v1:sealed-secret")
    ended(job, 1)
    JobLogEntry.objects.create(job_result=doomed, seq=1, created=timezone.now(), message="one")
    file = JobFile(job_result=doomed, name="out.txt")
    file.file.save("out.txt", ContentFile(b"kept"))
    assert prune_results() == 1
    (archive,) = tmp_path.glob("*/runs-*.jsonl.gz")
    text = gzip.decompress(archive.read_bytes()).decode()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [each["record"] for each in lines] == ["run", "log", "file"]
    assert lines[0]["id"] == str(doomed.pk)
    assert lines[0]["result"] == {"found": 3}
    assert lines[1]["message"] == "one"
    assert (archive.parent / "files" / file.pk.hex).read_bytes() == b"kept"
    assert "sealed-secret" not in text
    assert not list(tmp_path.glob("*/*.draft"))


def test_what_cannot_be_archived_stays(job: Job, settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    settings.JOBSMITH = jobsmith_settings(ARCHIVE_ROOT=str(tmp_path / "file"))
    doomed = ended(job, 900)
    ended(job, 1)
    with pytest.raises(OSError, match="file"):
        prune_results()
    assert doomed.pk in left()


def test_the_command_tells_what_it_would_delete_and_deletes(job: Job) -> None:
    ended(job, 900)
    ended(job, 1)
    assert to_prune() == {"Ping": 1}
    told = CliRunner().invoke(main, ["prune", "--dry-run"])
    assert told.output.split() == ["1", "Ping", "1", "run", "would", "be", "deleted."]
    assert JobResult.objects.count() == 2
    assert CliRunner().invoke(main, ["prune"]).output == "1 run deleted.\n"
    assert JobResult.objects.count() == 1
