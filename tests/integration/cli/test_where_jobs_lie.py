"""Where jobs lie on the server is told to whoever looks after it, and to nobody else."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from django.test import Client
from pytest_django import Settings

from jobsmith.cli.main import main
from jobsmith.models import Job, Source
from tests.support.factories import make_user
from tests.support.job_files import PING, jobsmith_settings, write

BROKEN = """
    from pathlib import Path

    open(Path(__file__).parent / "not-there.txt")
"""


@pytest.fixture
def root(tmp_path: Path, settings: Settings, transactional_db: None) -> Path:
    root = write(tmp_path / "shop-jobs", {"pings.py": PING, "broken.py": BROKEN})
    settings.JOBSMITH = jobsmith_settings(HOME=tmp_path / "home", JOBS_ROOT=root)
    return root


def test_sync_and_doctor_name_whole_paths(root: Path) -> None:
    said = CliRunner().invoke(main, ["sync"])
    assert said.exit_code == 1
    assert f"error: {root}/broken.py:4: FileNotFoundError" in said.stderr
    assert "the job records follow what could be read" in said.stdout
    assert "up to date" not in said.output
    said = CliRunner().invoke(main, ["doctor"])
    assert f"folder: {root}" in said.output
    assert f"{root}/broken.py:4: FileNotFoundError" in said.output


def test_a_folder_that_is_gone_is_named_by_its_path(root: Path) -> None:
    root.rename(root.with_name("elsewhere"))
    said = CliRunner().invoke(main, ["sync"])
    assert f"error: {root}: shop-jobs is not a folder that can be read." in said.stderr


def test_pages_name_the_folder_and_files_below_it_only(root: Path, tmp_path: Path) -> None:
    CliRunner().invoke(main, ["sync"])
    browser = Client()
    browser.force_login(make_user("olga", "view_job"))
    job = Job.objects.get(job_class_name="Ping")
    pages = [browser.get(path).content.decode() for path in ("/problems/", job.get_absolute_url())]
    assert all("shop-jobs" in page for page in pages)
    assert "broken.py:4" in pages[0]
    assert "not-there.txt" in pages[0]
    assert [page for page in pages if str(tmp_path) in page] == []
    assert Source.objects.get(key="folder").title == "shop-jobs"
