"""Authors' own tests, with the peer's helpers, under the pytest plugin."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.job_files import write

JOBS = Path(__file__).parents[2] / "support" / "peer_jobs"
PLAIN = """
    from hooks import TellsItsHooks, TellsThatItFailed

    from jobsmith.testing import run_job

    def test_hooks():
        run = run_job(TellsItsHooks, number=4)
        assert (run.status, run.result) == ("SUCCESS", 4)
        assert run_job(TellsThatItFailed).status == "FAILURE"
"""
WHOLE = """
    from nautobot.apps.testing import (
        TransactionTestCase,
        create_job_result_and_run_job,
        get_job_class_and_model,
        run_job_for_testing,
    )
    from nautobot.extras.choices import JobResultStatusChoices
    from nautobot.extras.models import JobLogEntry

    from jobsmith_server.inventory.models import Site

    class JobTests(TransactionTestCase):
        def test_by_name(self):
            result = create_job_result_and_run_job("dry", "AddsASite", title="Bergen", dryrun=False)
            self.assertJobResultStatus(result)
            self.assertEqual(Site.objects.get().name, "Bergen")
            lines = JobLogEntry.objects.filter(job_result=result)
            self.assertTrue(lines.filter(message="Job completed").exists())

        def test_by_record(self):
            job_class, job = get_job_class_and_model("every_input", "NoInputNeeded")
            self.assertEqual(job_class.class_path, job.class_path)
            site = Site.objects.create(name="Oslo")
            result = run_job_for_testing(job, username=self.user.username, site=site, upload=b"x")
            self.assertJobResultStatus(result)
            self.assertEqual(result.user, self.user)

        def test_of_a_failure(self):
            result = create_job_result_and_run_job("hooks", "TellsThatItFailed")
            self.assertJobResultStatus(result, JobResultStatusChoices.STATUS_FAILURE)
            with self.assertRaisesRegex(AssertionError, "Not today"):
                self.assertJobResultStatus(result)
"""


def pytest_on(folder: Path, *words: str, **environment: str) -> Any:
    path = os.pathsep.join([str(folder), str(JOBS), *sys.path])
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words, str(folder)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"} | environment,
        capture_output=True,
        text=True,
    )


def test_a_job_of_the_peer_runs_in_a_plain_test(tmp_path: Path) -> None:
    write(tmp_path, {"test_plain.py": PLAIN})
    words = ("-p", "jobsmith.testing.plugin", "-p", "no:django")
    said = pytest_on(tmp_path, *words, DJANGO_SETTINGS_MODULE="jobsmith_server.settings.base")
    assert "1 passed" in said.stdout, said.stdout + said.stderr
    without = pytest_on(tmp_path, "-p", "no:django")
    assert "No module named 'nautobot'" in without.stdout or "billiard" in without.stdout


def test_the_peers_helpers_make_whole_runs(tmp_path: Path) -> None:
    settings = (
        "from tests.support.settings import *\n"
        f"JOBSMITH['JOBS_ROOT'] = {str(JOBS)!r}\n"
        "DATABASES = {'default': {**DATABASES['default'], 'ENGINE': 'django.db.backends.sqlite3',"
        f" 'NAME': {str(tmp_path / 'db.sqlite3')!r},"
        f" 'TEST': {{'NAME': {str(tmp_path / 'test.sqlite3')!r}}}}}}}\n"
    )
    write(tmp_path, {"test_whole.py": WHOLE, "conftest.py": "", "own_settings.py": settings})
    said = pytest_on(
        tmp_path,
        "-p",
        "jobsmith.testing.plugin",
        DJANGO_SETTINGS_MODULE="own_settings",
        JOBSMITH_HOME=str(tmp_path / "home"),
        DATABASE_URL="",
    )
    assert "3 passed" in said.stdout, said.stdout + said.stderr
