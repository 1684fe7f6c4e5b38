"""Each row of the corpus of evil repositories says what it has to, and nothing gets out.

How many there are and how many got out is printed at the end.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db.models import Model, QuerySet
from pytest_django import Settings

from jobsmith.conf import conf
from jobsmith.errors import SourceBroken
from jobsmith.models import GitRepository, Job, JobResult, SourceProblem
from jobsmith.sources import trees
from jobsmith.sources.git.addresses import refusal_of_ref, refusal_of_subfolder, refusal_of_url
from jobsmith.sources.git.fetch import Remote, fetch
from tests.support.evil_corpus import CODE, EITHER, SECRET, SENT, TYPED, Sent, Typed
from tests.support.evil_git_server import evil_server
from tests.support.git_server import GitFolder
from tests.support.job_files import jobsmith_settings

from .conftest import jobs, says

TOKEN = "tok-canary-4711"
ROWS = {each.name for each in (*SENT, *CODE, *TYPED)}
TRIED: set[str] = set()
ESCAPED: set[str] = set()
LEAST = 25


@pytest.fixture(scope="module")
def evil() -> Iterator[Any]:
    with evil_server() as server:
        yield server


@pytest.fixture(scope="module", autouse=True)
def summary(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        words = f"{len(TRIED)} evil repositories, {len(ESCAPED)} escapes"
        sys.stdout.write(f"\n  {words}\n")


@contextmanager
def trying(*names: str) -> Iterator[None]:
    """Whatever does not hold inside is an escape of these rows."""
    TRIED.update(names)
    ESCAPED.update(names)
    yield
    ESCAPED.difference_update(names)


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder that a fetch may write below; nothing stays in it, and nothing is beside it."""
    inside = tmp_path / "a" / "b" / "temporary"
    inside.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(inside))
    monkeypatch.setenv("TMPDIR", str(inside))
    yield tmp_path
    kept = {inside, inside.parent, inside.parent.parent, conf().home, conf().home / "tmp"}
    assert set(tmp_path.rglob("*")) <= kept


def test_the_corpus_is_large_and_no_two_rows_are_called_alike() -> None:
    assert len(ROWS) == len(SENT) + len(CODE) + len(TYPED)
    assert len(ROWS) >= LEAST


@pytest.mark.parametrize("row", SENT, ids=lambda row: row.name)
def test_what_is_sent_stays_in_its_folder(
    evil: Any, outside: Path, settings: Settings, row: Sent
) -> None:
    settings.JOBSMITH = jobsmith_settings(**row.settings)
    evil.evil = row.evil()
    with trying(row.name):
        try:
            found = fetch(Remote(url=evil.url(), ref="main", token=TOKEN))
        except SourceBroken as refusal:
            check_refusal(row, refusal.message)
            return
        assert not row.said
        assert set(found.files) == row.files
        assert {(each.code, each.file) for each in found.problems} == row.problems
        assert all(each.message.isprintable() for each in found.problems)
        with trees.laid_out(found.files) as root:
            laid = [Path(folder, name) for folder, _, names in os.walk(root) for name in names]
            assert all(each.is_file() and not each.is_symlink() for each in laid)
            assert {str(each.relative_to(root)) for each in laid} == row.files


def check_refusal(row: Sent, message: str) -> None:
    assert TOKEN not in message
    assert message.isprintable()
    assert row.said or row.name in EITHER, message
    assert message.endswith(row.said)
    assert message in EITHER.get(row.name, (message,))


@pytest.mark.parametrize("row", TYPED, ids=lambda row: row.name)
def test_what_is_typed_leads_nowhere_else(row: Typed) -> None:
    checks = {
        "remote_url": refusal_of_url,
        "branch": refusal_of_ref,
        "subfolder": refusal_of_subfolder,
    }
    with trying(row.name):
        assert row.said in checks[row.field](row.value)
        assert checks[row.field](row.value)


def test_evil_files_are_named_and_the_good_commit_goes_on_serving(
    folder: GitFolder,
    repository: GitRepository,
    sync: Callable[..., JobResult],
    boss: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EVIL_TEST_PASSWORD", SECRET)
    here = (Model.save, QuerySet.delete, os.environ["PATH"])
    good = folder.commit(jobs(a=says("1")))
    assert sync().status == "SUCCESS"
    folder.commit({f"jobs/{row.name}.py": row.code for row in CODE})
    with trying(*(row.name for row in CODE)):
        result = sync()
        assert "does not load" in result.cause_detail
        assert SECRET not in f"{result.cause_detail} {list(result.job_log_entries.values())}"
        problems = {each.file: each.message for each in SourceProblem.objects.all()}
        for row in CODE:
            found = problems.pop(f"nets_of_tests/jobs/{row.name}.py", None)
            assert (found is None) == (row.said is None), (row.name, found)
            assert row.said is None or row.said in str(found), (row.name, found)
        assert problems == {}
        assert SECRET not in str(list(SourceProblem.objects.values()))
        assert (Model.save, QuerySet.delete, os.environ["PATH"]) == here
        repository.refresh_from_db()
        assert repository.current_head == good
        assert list(get_user_model().objects.filter(is_superuser=True)) == [boss]
        [job] = Job.objects.filter(git_repository=repository, installed=True)
        assert job.name == "Ping"
