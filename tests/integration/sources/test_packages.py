"""Sources that ask for packages of their own, from an index of real wheels."""

import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from jobsmith.actions.clear_away import remove_unused_packages
from jobsmith.conf import conf
from jobsmith.errors import InputsRefused
from jobsmith.models import Job, JobResult, SourceProblem
from jobsmith.runner import claims
from jobsmith.sources import installing, options
from jobsmith.sources.installing import INSTALLING
from tests.support import real_runs
from tests.support.factories import make_admin, make_worker
from tests.support.job_files import write
from tests.support.wheels import wheel

pytestmark = pytest.mark.django_db(transaction=True)

COUNTS = """
    from jobsmith.jobs import Job, ChoiceVar, register_jobs
    import counted_of_tests

    class Count(Job):
        size = ChoiceVar(choices=lambda: [(counted_of_tests.NUMBER, "It")])

        def run(self, size):
            return counted_of_tests.NUMBER

    register_jobs(Count)
"""


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where packages are taken from."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    wheel(folder, "1.0")
    wheel(folder, "2.0")
    forget()
    return folder


def forget() -> None:
    """As on another machine, which has installed nothing yet."""
    shutil.rmtree(conf().home / "packages", ignore_errors=True)
    options.close_all()
    for known in (installing._ready, installing._failed):
        known.clear()


def until_installed() -> None:
    ends = time.monotonic() + 60
    while installing.being_installed() and time.monotonic() < ends:
        time.sleep(0.05)


def serve(settings: Settings, tmp_path: Path, asked: str) -> None:
    files = {"counts.py": COUNTS, "requirements.txt": asked}
    real_runs.serve(settings, write(tmp_path / "jobs", files))


def run(user: Any = None) -> JobResult:
    return real_runs.run("counts.Count", user=user or make_admin(), size="1.0")


def problems() -> list[str]:
    return [each.message for each in SourceProblem.objects.order_by("file", "line")]


def test_a_job_has_the_packages_that_its_source_asks_for(
    index: Path, tmp_path: Path, settings: Settings
) -> None:
    serve(settings, tmp_path, "counted-of-tests<2\n")
    assert problems() == []
    result = run()
    assert (result.status, result.result) == ("SUCCESS", "1.0"), result.traceback
    assert "counted_of_tests" not in sys.modules


def test_a_worker_that_lacks_them_installs_them(
    index: Path, tmp_path: Path, settings: Settings
) -> None:
    serve(settings, tmp_path, "counted-of-tests<2\n")
    waiting = real_runs.enqueue("counts.Count", user=make_admin(), size="1.0")
    forget()
    worker = make_worker()
    assert claims.claim(worker, queues=["default"], most=4) == []
    waiting.refresh_from_db()
    assert (waiting.status, waiting.waiting_reason) == ("PENDING", INSTALLING)
    until_installed()
    [claimed] = claims.claim(worker, queues=["default"], most=4)
    assert (claimed.pk, claimed.waiting_reason) == (waiting.pk, "")


def test_a_form_tells_that_they_are_being_installed(
    index: Path, tmp_path: Path, settings: Settings
) -> None:
    serve(settings, tmp_path, "counted-of-tests<2\n")
    forget()
    admin = make_admin()
    with pytest.raises(InputsRefused) as refusal:
        real_runs.enqueue("counts.Count", user=admin, size="1.0")
    assert INSTALLING in str(refusal.value.errors)
    until_installed()
    assert real_runs.enqueue("counts.Count", user=admin, size="1.0").status == "PENDING"


def test_packages_that_nobody_used_for_long_are_installed_again(
    index: Path, tmp_path: Path, settings: Settings
) -> None:
    serve(settings, tmp_path, "counted-of-tests<2\n")
    admin = make_admin()
    assert run(admin).status == "SUCCESS"
    [folder] = (conf().home / "packages").iterdir()
    long_ago = time.time() - 31 * 24 * 3600
    os.utime(folder, (long_ago, long_ago))
    assert remove_unused_packages() == 1
    assert list((conf().home / "packages").iterdir()) == []
    result = run(admin)
    assert (result.status, result.result) == ("SUCCESS", "1.0"), result.cause_detail


def test_packages_that_take_too_much_are_not_installed(
    index: Path, tmp_path: Path, settings: Settings
) -> None:
    settings.JOBSMITH = {**settings.JOBSMITH, "PACKAGES_BYTES": 1}
    serve(settings, tmp_path, "counted-of-tests<2\n")
    assert any("PACKAGES_BYTES allows" in each for each in problems()), problems()
    assert list((conf().home / "packages").iterdir()) == []


def test_a_run_whose_packages_cannot_be_had_any_more_says_so(
    index: Path, tmp_path: Path, settings: Settings
) -> None:
    serve(settings, tmp_path, "counted-of-tests<2\n")
    waiting = real_runs.enqueue("counts.Count", user=make_admin(), size="1.0")
    forget()
    for each in index.iterdir():
        each.unlink()
    result = real_runs.run_now(waiting)
    assert (result.status, result.cause) == ("FAILURE", "code_missing")
    assert "counted-of-tests" in result.cause_detail
    assert str(tmp_path) not in result.cause_detail


def test_what_cannot_be_installed_is_a_problem_and_other_jobs_go_on(
    index: Path, tmp_path: Path, settings: Settings
) -> None:
    write(tmp_path / "jobs", {"other.py": "from jobsmith.jobs import Job\n"})
    serve(settings, tmp_path, "counted-of-tests>2\n")
    assert not Job.objects.filter(job_class_name="Count").exists()
    said = [each for each in problems() if "cannot be installed" in each]
    assert len(said) == 1
    assert "counted-of-tests>2" in said[0]


def test_what_a_package_needs_may_not_contradict_the_server(
    index: Path, tmp_path: Path, settings: Settings
) -> None:
    wheel(index, "3.0", "django<2")
    serve(settings, tmp_path, "counted-of-tests==3.0\n")
    [said] = [each for each in problems() if "cannot be installed" in each]
    assert "django<2" in said
    assert "counted-of-tests==3.0" in said
