"""Jobs of installed apps."""

import shutil
import sys
from pathlib import Path

import pytest
from django.apps import apps
from pytest_django import Settings

from jobsmith.actions.sync_jobs import sync_jobs
from jobsmith.models import Job, Source, SourceTree
from jobsmith.sources.base import packages
from jobsmith.sources.packages import version_of
from tests.support.job_files import job_file, jobsmith_settings, write


@pytest.fixture
def shop(tmp_path: Path, settings: Settings, db: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = write(tmp_path / "site", {"shop_of_tests/__init__.py": ""})
    monkeypatch.syspath_prepend(str(root))
    monkeypatch.delitem(sys.modules, "shop_of_tests", raising=False)
    write(root, {"shop_of_tests/jobs/__init__.py": "", "shop_of_tests/jobs/a.py": job_file("A")})
    write(root, {"shop_of_tests/jobs/bad.py": "1 / 0\n"})
    settings.JOBSMITH = jobsmith_settings(HOME=tmp_path / "home", JOBS_ROOT=None)
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "shop_of_tests"]
    assert apps.is_installed("shop_of_tests")
    return root / "shop_of_tests"


def test_jobs_of_an_installed_app_are_found_without_importing_them(shop: Path) -> None:
    sync_jobs()
    job = Job.objects.get(source_key="app:shop_of_tests")
    assert (job.class_path, job.source) == ("shop_of_tests.jobs.a.A", "plugin")
    assert job.declared["file"] == "shop_of_tests/jobs/a.py"
    [problem] = Source.objects.get(key="app:shop_of_tests").problems.all()
    assert (problem.file, problem.line) == ("shop_of_tests/jobs/bad.py", 1)
    assert "shop_of_tests.jobs" not in sys.modules


def test_an_installed_app_is_recorded_by_the_digest_of_its_files(shop: Path) -> None:
    sync_jobs()
    tree = Source.objects.get(key="app:shop_of_tests").tree
    [ref] = [each for each in packages() if each.package == "shop_of_tests"]
    assert tree == SourceTree.objects.get(digest=version_of(ref).digest)
    assert tree is not None
    assert tree.archive is None
    before = version_of(ref)
    write(shop, {"models.py": "x = 1\n"})
    assert version_of(ref) != before
    shutil.rmtree(shop / "jobs" / "__pycache__", ignore_errors=True)


def test_our_own_app_is_no_source() -> None:
    assert "app:jobsmith" not in {each.key for each in packages()}
