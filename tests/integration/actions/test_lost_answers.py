"""A request whose commit is never answered may be refused, and yet its run is whole."""

from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from jobsmith import failpoints
from jobsmith.engines.inline import run_now
from jobsmith.errors import NoDatabase
from jobsmith.models import JobFile, JobResult
from tests.support.factories import make_admin
from tests.support.job_files import write
from tests.support.real_runs import enqueue, serve

JOBS = """
    from jobsmith.jobs import FileVar, Job, register_jobs

    class Reads(Job):
        log = FileVar()

        def run(self, log):
            return log.read().decode()

    register_jobs(Reads)
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("point", ["enqueue.recorded", "enqueue.committed"])
def test_a_run_that_was_recorded_keeps_the_files_it_was_accepted_with(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    def lose(name: str) -> None:
        if name == point:
            raise OperationalError("server closed the connection unexpectedly")

    serve(settings, write(tmp_path, {"reading.py": JOBS}))
    monkeypatch.setattr(failpoints, "watcher", lose)
    before = stored(settings)
    with pytest.raises(NoDatabase):
        enqueue("reading.Reads", user=make_admin(), files={"log": b"all of it"})
    runs = list(JobResult.objects.all())
    assert len(runs) == JobFile.objects.count() == (point == "enqueue.committed")
    assert len(stored(settings)) == len(before) + len(runs)
    assert [run_now(each).result for each in runs] == ["all of it"] * len(runs)


def stored(settings: Any) -> list[Path]:
    folder = Path(settings.JOBSMITH["HOME"]) / "files"
    return [each for each in folder.rglob("*") if each.is_file()]
