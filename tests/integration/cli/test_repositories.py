"""Git repositories on the command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from jobsmith.cli.main import main
from jobsmith.inputs.vault import open_sealed
from jobsmith.models import GitRepository, Job, JobQueue, JobResult, Source, SourceProblem, Tag
from tests.support.factories import grant, make_admin, make_user
from tests.support.own_jobs import make_own_jobs

pytestmark = pytest.mark.django_db

Jobsmith = Callable[..., Result]
ADDRESS = "https://git.example.com/net/jobs.git"
TOKEN = "tok-canary-1177"


@pytest.fixture
def jobsmith(settings: Any) -> Jobsmith:
    make_admin()
    make_own_jobs()
    settings.JOBSMITH = {**settings.JOBSMITH, "ACCEPT_WITHOUT_WORKER": True}
    return lambda *words, **more: CliRunner().invoke(main, ["repositories", *words], **more)


@pytest.fixture
def row(jobsmith: Jobsmith) -> GitRepository:
    said = jobsmith("add", "Net jobs", ADDRESS)
    assert said.exit_code == 0, said.output
    return GitRepository.objects.get(pk=said.output.strip())


def test_a_repository_is_added_listed_and_shown(jobsmith: Jobsmith, row: GitRepository) -> None:
    assert (row.slug, row.branch, row.provided_contents) == ("net_jobs", "main", ["extras.job"])
    assert row.owner is not None
    [told] = json.loads(jobsmith("list", "--json").output)
    assert (told["name"], told["remote_url"], told["has_token"]) == ("Net jobs", ADDRESS, False)
    assert "net_jobs" in jobsmith("list").output
    for name in ("Net jobs", "net_jobs", str(row.pk)):
        said = jobsmith("show", name)
        assert said.exit_code == 0, (said.output, said.exception)
        assert json.loads(said.output)["id"] == str(row.pk)


def test_what_is_named_is_edited_and_the_rest_stays(
    jobsmith: Jobsmith, row: GitRepository, tmp_path: Path
) -> None:
    Tag.objects.create(name="core")
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    said = jobsmith(
        *("edit", "net_jobs", "--branch", "next", "--poll-seconds", "60", "--tag", "core"),
        *("--token-file", str(tmp_path / "token"), "--isolation", "sandbox", "--username", "bot"),
    )
    assert (said.exit_code, said.output) == (0, "")
    row.refresh_from_db()
    assert (row.name, row.branch, row.poll_seconds) == ("Net jobs", "next", 60)
    assert (row.isolation, row.username) == ("sandbox", "bot")
    assert open_sealed(row.sealed_token) == {"token": TOKEN}
    shown = jobsmith("show", "net_jobs").output
    assert (json.loads(shown)["has_token"], json.loads(shown)["tags"]) == (True, ["core"])
    assert TOKEN not in shown
    assert row.sealed_token not in shown
    assert jobsmith("edit", "net_jobs", "--token-file", "-", input="").exit_code == 0
    row.refresh_from_db()
    assert (row.sealed_token, row.branch) == ("", "next")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "X", "ftp://x/y"), "remote_url: Only addresses that begin with"),
        (("add", "X", "ext::sh -c true"), "remote_url: "),
        (("add", "X", "--", "--upload-pack=x"), "remote_url: "),
        (("add", "Net jobs", "https://git.example.com/other.git"), "name: "),
        (("edit", "net_jobs"), "Say what to change."),
        (("edit", "net_jobs", "--branch", "a..b"), "branch: "),
        (("edit", "net_jobs", "--poll-seconds", "9" * 30), "poll_seconds: Enter 0 for never"),
        (("edit", "net_jobs", "--token-file", "/nowhere"), "No such file"),
        (("edit", "net_jobs", "--tag", "none"), "There is no tag none."),
        (("show", "none"), "There is no repository none. `jobsmith repositories list` lists them."),
    ],
)
def test_bad_input_is_told_in_a_sentence(
    jobsmith: Jobsmith, row: GitRepository, words: tuple[str, ...], said: str
) -> None:
    done = jobsmith(*words)
    assert (done.exit_code, said in done.stderr) == (2, True), done.stderr
    assert GitRepository.objects.count() == 1


def test_a_sync_and_a_dry_run_are_runs(jobsmith: Jobsmith, row: GitRepository) -> None:
    for words, job in (((), "GitRepositorySync"), (("--dry-run",), "GitRepositoryDryRun")):
        said = jobsmith("sync", "Net jobs", "--no-wait", *words)
        result = JobResult.objects.get(pk=said.output.strip())
        assert (result.class_path.rpartition(".")[2], result.door) == (job, "cli")


def test_a_deleted_repository_takes_its_jobs_along(jobsmith: Jobsmith, row: GitRepository) -> None:
    Source.objects.create(key="git:net_jobs", kind="git")
    assert jobsmith("delete", "net_jobs").exit_code == 0
    assert not GitRepository.objects.exists()
    assert not Source.objects.filter(key="git:net_jobs").exists()


def test_problems_and_jobs_are_shown_as_far_as_they_are_in_reach(
    jobsmith: Jobsmith, row: GitRepository
) -> None:
    source = Source.objects.create(key="git:net_jobs", kind="git")
    SourceProblem.objects.create(source=source, code="fetch_failed", message="It is gone.")
    Job.objects.create(
        name="Ping",
        module_name="net_jobs.jobs",
        job_class_name="Ping",
        source=Job.SourceKind.GIT,
        source_key=source.key,
        git_repository=row,
        default_job_queue=JobQueue.objects.create(name="q"),
    )
    reader = make_user("reader")
    grant(reader, "view", GitRepository)
    told = [json.loads(jobsmith("show", "net_jobs", *who).output) for who in ((), ("-u", "reader"))]
    assert [each["jobs"] for each in told] == [
        [{"job": "net_jobs.jobs.Ping", "installed": True}],
        [],
    ]
    assert [each["problems"][0]["message"] for each in told] == ["It is gone."] * 2


def test_rights_are_those_of_the_user(jobsmith: Jobsmith, row: GitRepository) -> None:
    reader = make_user("reader", "view_gitrepository")
    far = make_user("far")
    grant(far, "change", GitRepository, {"name": "another"})
    assert jobsmith("edit", "net_jobs", "--branch", "x", "-u", reader.username).exit_code == 3
    assert jobsmith("edit", "net_jobs", "--branch", "x", "-u", "far").exit_code == 2
    assert jobsmith("add", "Y", "https://git.example.com/y.git", "-u", "reader").exit_code == 3
