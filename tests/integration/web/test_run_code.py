"""The page of the code that a run executed."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from jobsmith.models import Job, JobResult, SourceTree
from tests.support import factories as make

pytestmark = pytest.mark.django_db

OLD = {"a.py": "one\ntwo\n", "gone.py": "x\n", "same.py": "y\n"}
NEW = {"a.py": "one\n<b>three</b>\n", "new.py": "z\n", "same.py": "y\n"}


@pytest.fixture
def job() -> Job:
    return make.make_job(source_key="folder")


def ran(job: Job, tree: SourceTree) -> JobResult:
    return make.make_result(
        job, source_key="folder", source_digest=tree.digest, source_label=tree.label
    )


def text(page: Any) -> str:
    return page.content.decode()


@pytest.fixture
def runs(job: Job) -> tuple[JobResult, JobResult]:
    """One run of the old code, one of the new code, which serves."""
    old, new = make.make_version("v1", OLD), make.make_version("v2", NEW)
    make.serve(new)
    return ran(job, old), ran(job, new)


def code(run: JobResult, query: str = "") -> str:
    return f"{run.get_absolute_url()}code/{query}"


def test_what_changed_until_the_current_code_is_shown(client: Client, runs: Any) -> None:
    page = text(client.get(code(runs[0])))
    assert "from <b>this run</b> to <b>v2, current</b>" in page
    assert "<del>-two</del>" in page
    assert "<ins>+&lt;b&gt;three&lt;/b&gt;</ins>" in page
    assert "<ins>+z</ins>" in page
    assert "<del>-x</del>" in page
    assert "Changes of same.py" not in page


def test_what_changed_since_an_earlier_run_is_shown_from_old_to_new(
    client: Client, runs: Any
) -> None:
    older, newer = runs
    page = text(client.get(code(newer, f"?with={older.pk}")))
    assert "from <b>v1</b> to <b>this run</b>" in page
    assert "<del>-two</del>" in page


def test_a_file_is_shown_as_text(client: Client, runs: Any) -> None:
    page = text(client.get(code(runs[1], "?file=a.py")))
    assert "one\n&lt;b&gt;three&lt;/b&gt;" in page
    assert "?file=same.py" in page


@pytest.mark.parametrize(
    "query",
    [
        "?file=../../etc/passwd",
        "?file=/etc/passwd",
        "?file=none.py",
        f"?with={UUID(int=0)}",
        "?with=x",
    ],
)
def test_what_is_not_there_is_not_found(client: Client, runs: Any, query: str) -> None:
    assert client.get(code(runs[1], query)).status_code == 404


def test_large_and_binary_files_are_named_without_lines(client: Client, job: Job) -> None:
    old = make.make_version("v1", {"a.bin": "\0", "b.csv": "1\n" * 5_000})
    new = make.make_version("v2", {"a.bin": "\0\0", "b.csv": "2\n" * 5_000})
    make.serve(new)
    page = text(client.get(code(ran(job, old))))
    assert page.count("Not text, or too large to be shown.") == 2


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda run: SourceTree.objects.filter(pk=run.source_digest).delete(), "no longer kept"),
        (
            lambda run: SourceTree.objects.filter(pk=run.source_digest).update(archive=None),
            "no longer kept",
        ),
    ],
)
def test_code_that_is_gone_is_said(
    client: Client, runs: Any, spoil: Callable[[JobResult], Any], sentence: str
) -> None:
    older, newer = runs
    spoil(older)
    assert sentence in text(client.get(code(older)))
    page = text(client.get(code(newer, f"?with={older.pk}")))
    assert "The other version is no longer kept." in page


def test_code_takes_its_own_right_and_that_to_the_run(runs: Any) -> None:
    seen = {}
    for rights in ((), ("view_jobresult",), ("view_sourcetree",)):
        browser = Client()
        browser.force_login(make.make_user(f"u{len(seen)}", *rights))
        seen[rights] = browser.get(code(runs[0])).status_code
    browser.force_login(make.make_user("both", "view_jobresult", "view_sourcetree"))
    assert set(seen.values()) == {403}
    page = text(browser.get(code(runs[0])))
    assert "from <b>this run</b> to <b>v2</b>" in page  # what serves is told to who may view jobs


def test_the_run_offers_its_own_code_once_other_code_serves(client: Client, runs: Any) -> None:
    older, newer = runs
    assert 'value="same"' in text(client.get(older.get_absolute_url()))
    assert 'value="same"' not in text(client.get(newer.get_absolute_url()))
