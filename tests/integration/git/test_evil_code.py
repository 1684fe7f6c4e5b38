"""Job code that is evil while it is read: each file is named with what it did, and does no more."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Model, QuerySet

from jobsmith.actions.pull_repository import pull_repository
from jobsmith.models import GitRepository, Job, JobResult, SourceProblem
from tests.support.git_server import GitFolder

from .conftest import jobs, says

SECRET = "canary-of-the-server-77"
EVIL = {
    "circle_a": ("from .circle_b import b\na = 1\n", "circular import"),
    "circle_b": ("from .circle_a import a\nb = 1\n", "circular import"),
    "hog": ("x = 1\ny = bytearray(8 * 1024**3)\n", "MemoryError"),
    "leave": ("import os\nos._exit(0)\n", ""),
    "stop": ("raise SystemExit(3)\n", "SystemExit"),
    "crash": ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n", "SIGSEGV"),
    "deep": ("def f():\n    f()\nf()\n", "RecursionError"),
    "flood": ("import os\nfor _ in range(200):\n    os.write(1, bytes(10**6))\n", None),
    "tell": (
        "import os\nos.write(1, str(dict(os.environ)).encode())\n"
        "raise ValueError(os.environ['EVIL_TEST_PASSWORD'])\n",
        "ValueError: (redacted)",
    ),
    "turned": ("raise ValueError('\\ud800\\x00\\u202eevil')\n", "ValueError"),
}


def pull(boss: Any) -> None:
    """A sync without a run of its own."""
    pull_repository(GitRepository.objects.get(), user=boss, say=lambda *_: None)


def test_evil_files_are_named_and_the_good_commit_goes_on_serving(
    folder: GitFolder,
    repository: GitRepository,
    sync: Callable[..., JobResult],
    boss: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EVIL_TEST_PASSWORD", SECRET)
    good = folder.commit(jobs(a=says("1")))
    pull(boss)
    folder.commit({f"jobs/{name}.py": code for name, (code, _) in EVIL.items()})
    result = sync()
    assert "does not load" in result.cause_detail
    assert SECRET not in f"{result.cause_detail} {list(result.job_log_entries.values())}"
    problems = {each.file: each.message for each in SourceProblem.objects.all()}
    for name, (_, said) in EVIL.items():
        found = problems.pop(f"nets_of_tests/jobs/{name}.py", None)
        assert (found is None) == (said is None), (name, found)
        assert said is None or said in str(found), (name, found)
    assert problems == {}
    assert SECRET not in str(list(SourceProblem.objects.values()))
    repository.refresh_from_db()
    assert repository.current_head == good
    assert list(Job.objects.filter(git_repository=repository, installed=True)) == [
        Job.objects.get(name="Ping")
    ]


def test_code_that_mends_django_to_its_liking_changes_nothing_here(
    folder: GitFolder, repository: GitRepository, boss: Any
) -> None:
    code = "import os\nfrom django.conf import settings\n"
    code += "from django.db.models import Model, QuerySet\n"
    code += "Model.save = QuerySet.delete = None\nsettings.SECRET_KEY = 'mine'\n"
    code += "os.environ['PATH'] = '/evil'\n"
    before = (Model.save, QuerySet.delete, os.environ["PATH"])
    folder.commit(jobs(a=code + says("1")))
    pull(boss)
    assert Job.objects.get(name="Ping").git_repository == repository
    assert (Model.save, QuerySet.delete, os.environ["PATH"]) == before
