"""A repository's level holds for reading its code and for its runs, and every door tells it."""

import json
from collections.abc import Callable
from textwrap import dedent
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client
from pytest_django import Settings

from jobsmith.actions.enqueue_job import enqueue_job
from jobsmith.cli.main import main
from jobsmith.engines.inline import run_now
from jobsmith.inputs.codec import CleanInputs
from jobsmith.models import GitRepository, Job, JobResult
from jobsmith.processes import sandbox as bubblewrap
from jobsmith.sources import sandboxes
from tests.support.factories import make_job
from tests.support.git_server import GitFolder
from tests.support.job_files import jobsmith_settings
from tests.support.sandboxes import need_sandboxes

from .conftest import jobs
from .test_doors import URL, client_of

LEVEL = """
    import os
    from jobsmith.jobs import Job, register_jobs

    AT_IMPORT = os.environ.get("JOBSMITH_SANDBOX", "none")

    class Tells(Job):
        class Meta:
            description = AT_IMPORT

        def run(self):
            return os.environ.get("JOBSMITH_SANDBOX", "none")

    register_jobs(Tells)
"""


@pytest.fixture
def sandbox() -> None:
    need_sandboxes()


@pytest.fixture
def run(
    sandbox: None,
    folder: GitFolder,
    repository: GitRepository,
    sync: Callable[..., JobResult],
    boss: Any,
) -> JobResult:
    """A run of a repository whose level is ``sandbox``."""
    GitRepository.objects.update(isolation="sandbox")
    folder.commit(jobs(tells=dedent(LEVEL)))
    synced = sync()
    assert synced.status == "SUCCESS", synced.cause_detail
    Job.objects.filter(git_repository=repository).update(enabled=True)
    job = Job.objects.get(git_repository=repository)
    return run_now(enqueue_job(job, user=boss, inputs=CleanInputs()))


def test_code_is_read_and_run_at_the_level_of_its_repository(
    run: JobResult, boss: Any, client: Client
) -> None:
    assert Job.objects.get(pk=run.job_model_id).description == "untrusted"
    assert (run.status, run.isolation, run.result) == ("SUCCESS", "sandbox", "sandbox")
    client.force_login(boss)
    assert b"Sandbox</span>" in client.get(run.get_absolute_url()).content
    told = client_of(boss).get(f"/api/extras/job-results/{run.pk}/").json()
    query = {"query": f'{{job_result(id: "{run.pk}") {{isolation}}}}'}
    asked = client_of(boss).post("/api/graphql/", query, format="json").json()
    assert told["isolation"] == asked["data"]["job_result"]["isolation"] == "sandbox"
    said = CliRunner().invoke(main, ["runs", "--json", "--user", boss.username])
    assert "sandbox" in {each["isolation"] for each in json.loads(said.stdout)}
    said = CliRunner().invoke(main, ["logs", str(run.pk), "--user", boss.username, "-f"])
    assert "(sandbox)" in said.output


def test_the_level_is_set_by_rest_and_on_the_page(
    repository: GitRepository, boss: Any, client: Client
) -> None:
    address = f"{URL}{repository.pk}/"
    api = client_of(boss)
    assert api.patch(address, {"isolation": "cage"}, format="json").status_code == 400
    assert api.patch(address, {"isolation": "offline"}, format="json").json()["isolation"] == (
        "offline"
    )
    client.force_login(boss)
    page = client.get(f"/repositories/{repository.pk}/").content.decode()
    assert '<option value="offline" selected>Sandbox without network</option>' in page


@pytest.mark.parametrize(("scheme", "times"), [("http", 1), ("https", 0)])
def test_the_page_tells_that_a_token_travels_unencrypted(
    repository: GitRepository, boss: Any, client: Client, scheme: str, times: int
) -> None:
    GitRepository.objects.update(remote_url=f"{scheme}://git.example.com/nets")
    client.force_login(boss)
    page = client.get(f"/repositories/{repository.pk}/").content.decode()
    assert page.count("the token travels unencrypted") == times


def test_the_page_of_a_job_tells_the_level_of_its_source(
    boss: Any, client: Client, settings: Settings
) -> None:
    client.force_login(boss)
    page = make_job(source_key="folder").get_absolute_url()
    shown = "<dt>Isolation</dt><dd>{}</dd>"
    assert shown.format("Process") in client.get(page).content.decode()
    settings.JOBSMITH = jobsmith_settings(ISOLATION={"folder": "offline"})
    assert shown.format("Sandbox without network") in client.get(page).content.decode()


def test_the_settings_say_the_least_that_a_repository_can_have(
    repository: GitRepository, settings: Settings
) -> None:
    levels = {}
    for own in ("process", "sandbox", "untrusted"):
        GitRepository.objects.update(isolation=own)
        settings.JOBSMITH = jobsmith_settings(ISOLATION={"git:nets_of_tests": "offline"})
        levels[own] = sandboxes.level_of("git:nets_of_tests").value
    assert levels == {"process": "offline", "sandbox": "offline", "untrusted": "untrusted"}


def test_doctor_tells_that_a_source_cannot_run(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    GitRepository.objects.update(isolation="sandbox")
    bubblewrap.missing.cache_clear()
    monkeypatch.setenv("PATH", "/nowhere")
    said = CliRunner().invoke(main, ["doctor"])
    bubblewrap.missing.cache_clear()
    assert said.exit_code == 1
    assert "git:nets_of_tests (sandbox) and cannot run" in said.output
    assert "bubblewrap (bwrap) is not installed on this machine." in said.output
