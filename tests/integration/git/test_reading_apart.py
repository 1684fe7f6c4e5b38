"""Code of a repository is read before anybody trusts it: without database, keys and tokens."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from click.testing import CliRunner
from django.contrib.auth import get_user_model
from pytest_django import Settings

from jobsmith.actions.pull_repository import pull_repository
from jobsmith.actions.run_form import answers_for
from jobsmith.cli.main import main
from jobsmith.errors import JobDisabled, SourceBroken
from jobsmith.models import GitRepository, Job
from jobsmith.sources import sandboxes
from tests.support.factories import make_admin, make_job, make_spec
from tests.support.git_server import GitFolder
from tests.support.job_files import jobsmith_settings
from tests.support.sandboxes import need_sandboxes

from .conftest import TOKEN, jobs

CANARY = "canary-4711"
HARD_SETTINGS = f"""
    from tests.support.settings import *

    SECRET_KEY = "{CANARY}-secret-key"
    SECRET_KEY_FALLBACKS = ["{CANARY}-fallback"]
    EMAIL_HOST_PASSWORD = "{CANARY}-mail"
    CELERY_BROKER_URL = "amqp://jobs:{CANARY}-celery@localhost/"
    JOBSMITH = {{**JOBSMITH, "SECRET_KEYS": ("{CANARY}-vault",), "BROKER_URL": "{CANARY}-broker"}}
    DATABASES["default"]["PASSWORD"] = "{CANARY}-database"
"""
SPY = """
    import os, sys
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.db import connection
    from jobsmith.conf import conf
    from jobsmith.inputs.vault import open_sealed
    from jobsmith.jobs import Job, register_jobs
    from jobsmith.models import GitRepository

    def tried(act):
        try:
            return act()
        except Exception as error:
            return type(error).__name__

    FOUND = [
        tried(lambda: get_user_model().objects.create_superuser("evil", "e@example.com", "evil")),
        tried(lambda: connection.cursor().execute("select 1")),
        tried(lambda: [open_sealed(each.sealed_token) for each in GitRepository.objects.all()]),
        {name: getattr(settings, name) for name in dir(settings) if name.isupper()},
        {name: value for name, value in vars(sys.modules["hard_settings"]).items()},
        conf().secret_keys, conf().broker_url, dict(os.environ), open("/proc/self/environ").read(),
        os.environ.get("JOBSMITH_SANDBOX", "none"),
    ]

    class Tells(Job):
        class Meta:
            description = repr(FOUND)

        def run(self):
            pass

    register_jobs(Tells)
"""
ASKS = """
    from django.contrib.auth import get_user_model
    from jobsmith.jobs import ChoiceVar, Job, register_jobs

    class Greets(Job):
        whom = ChoiceVar(choices=list(get_user_model().objects.values_list("pk", "username")))

        def run(self, whom):
            pass

    register_jobs(Greets)
"""
Pull = Callable[..., list[str]]


@pytest.fixture
def pull(repository: GitRepository, boss: Any) -> Pull:
    """Syncs in this very process, which has all that a run has, and more; returns its log."""

    def pull(**options: Any) -> list[str]:
        said: list[str] = []
        say = lambda level, message, grouping, obj=None: said.append(message)  # noqa: E731
        pull_repository(repository, user=boss, say=say, **options)
        return said

    return pull


@pytest.fixture(params=["sandbox", "no sandbox"])
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where code is read: on a machine that can make sandboxes, and on one that cannot."""
    if request.param == "sandbox":
        need_sandboxes()
        return "untrusted"
    monkeypatch.setattr(sandboxes, "refusal", lambda: "bubblewrap is not installed.")
    return "none"


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that has secrets in its settings file and in its environment."""
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "hard_settings.py").write_text(dedent(HARD_SETTINGS))
    monkeypatch.syspath_prepend(str(tmp_path / "conf"))
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "hard_settings")
    monkeypatch.setenv("DATABASE_URL", f"postgres://jobs:{CANARY}@localhost/jobs")
    monkeypatch.setenv("JOBSMITH_BROKER_URL", f"amqp://jobs:{CANARY}@localhost/")
    monkeypatch.setenv("SOME_API_TOKEN", CANARY)
    monkeypatch.setenv("NO_NAME_FOR_IT", CANARY)


@pytest.mark.parametrize("dry_run", [True, False], ids=["dry run", "sync"])
def test_code_that_nobody_has_enabled_changes_nothing_and_learns_no_secret(
    place: str, secrets: None, folder: GitFolder, pull: Pull, boss: Any, dry_run: bool
) -> None:
    folder.commit(jobs(spy=dedent(SPY)))
    pull(dry_run=dry_run)
    assert list(get_user_model().objects.all()) == [boss]
    if dry_run:
        assert not Job.objects.filter(source="git").exists()
        return
    told = Job.objects.get(name="Tells").description
    assert told.startswith("['DatabaseWithheld', 'DatabaseWithheld', 'DatabaseWithheld', ")
    assert told.endswith(f", {place!r}]")
    assert CANARY not in told
    assert TOKEN not in told
    assert "only-for-tests-" not in told


def test_a_module_that_queries_records_names_the_setting_that_lets_it(
    place: str, folder: GitFolder, pull: Pull, settings: Settings
) -> None:
    folder.commit(jobs(asks=dedent(ASKS)))
    with pytest.raises(SourceBroken, match=r"asks\.py:6: DatabaseWithheld: .* READ_WITH_DATABASE"):
        pull()
    settings.JOBSMITH = jobsmith_settings(READ_WITH_DATABASE=True)
    pull()
    assert Job.objects.get(name="Greets").installed


def test_the_setting_is_not_named_where_it_would_not_help(
    folder: GitFolder, repository: GitRepository, pull: Pull, settings: Settings
) -> None:
    need_sandboxes()
    GitRepository.objects.update(isolation="sandbox")
    settings.JOBSMITH = jobsmith_settings(READ_WITH_DATABASE=True)
    folder.commit(jobs(asks=dedent(ASKS)))
    with pytest.raises(SourceBroken) as refused:
        pull()
    assert "DatabaseWithheld" in refused.value.message
    assert "READ_WITH_DATABASE" not in refused.value.message


def test_doctor_recommends_bubblewrap_and_tells_of_the_setting(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    from jobsmith.cli import doctor

    monkeypatch.setattr(doctor, "refusal_of_sandbox", lambda: "bubblewrap is not installed.")
    said = " ".join(CliRunner().invoke(main, ["doctor"]).output.replace("│", " ").split())
    assert "Install bubblewrap: without it, code of Git repositories is read" in said
    settings.JOBSMITH = jobsmith_settings(READ_WITH_DATABASE=True)
    said = " ".join(CliRunner().invoke(main, ["doctor"]).output.replace("│", " ").split())
    assert "READ_WITH_DATABASE is on" in said


def test_the_code_of_a_job_that_nobody_has_enabled_answers_no_form(db: None) -> None:
    spec = replace(make_spec(), validates_data=True)
    job = make_job(spec)
    assert answers_for(job, spec, make_admin()) is not None
    job.enabled = False
    with pytest.raises(JobDisabled):
        answers_for(job, spec, make_admin("other"))
