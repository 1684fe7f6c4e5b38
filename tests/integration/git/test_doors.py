"""Repositories over REST, GraphQL, pages and the command line."""

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client

from jobsmith.cli.sync import sync
from jobsmith.engines.inline import run_now
from jobsmith.errors import NotFound
from jobsmith.inputs.vault import open_sealed
from jobsmith.models import GitRepository, Job, JobResult, Note, ObjectChange, Source
from tests.integration.api.conftest import client_of
from tests.support.factories import grant, make_user
from tests.support.git_server import GitFolder, GitServer

from .conftest import TOKEN, jobs, says

URL = "/api/extras/git-repositories/"
KEYS = [
    *("id", "object_type", "display", "url", "natural_slug", "provided_contents", "name", "slug"),
    *("remote_url", "branch", "current_head", "secrets_group", "created", "last_updated", "tags"),
    *("notes_url", "custom_fields", "username", "has_token", "has_private_key", "host_key"),
    *("owner", "poll_seconds", "next_poll_at", "looked_at", "look_failure", "isolation"),
    *("has_webhook_secret", "webhook_url", "subfolder"),
]
ADDRESS = "https://git.example.com/net/jobs.git"


@pytest.fixture
def api(boss: Any) -> Any:
    return client_of(boss)


@pytest.fixture
def browser(boss: Any) -> Client:
    client = Client()
    client.force_login(boss)
    return client


def test_a_repository_is_made_read_changed_and_deleted(api: Any) -> None:
    body = {"name": "Net Jobs", "remote_url": ADDRESS, "provided_contents": ["extras.job"]}
    made = api.post(URL, body, format="json")
    assert made.status_code == 201
    assert list(made.json()) == KEYS
    assert (made.json()["slug"], made.json()["branch"]) == ("net_jobs", "main")
    assert made.json()["object_type"] == "extras.gitrepository"
    one = f"{URL}{made.json()['id']}/"
    changed = api.patch(one, {"branch": "next"}, format="json")
    assert (changed.status_code, changed.json()["branch"]) == (200, "next")
    assert api.get(URL, {"name": "Net Jobs"}).json()["count"] == 1
    assert api.get(URL, {"branch": "main"}).json()["count"] == 0
    assert api.delete(one).status_code == 204
    assert not GitRepository.objects.exists()


def test_notes_of_a_repository_go_with_it(api: Any, repository: GitRepository) -> None:
    one = f"{URL}{repository.pk}/"
    assert api.post(f"{one}notes/", {"note": "ours"}, format="json").status_code == 201
    assert api.delete(one).status_code == 204
    assert not Note.objects.exists()
    gone = ObjectChange.objects.filter(action="delete", object_label="jobsmith.note")
    assert [each.before["note"] for each in gone] == ["ours"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("remote_url", "file:///etc"),
        ("remote_url", "ext::sh -c true"),
        ("remote_url", "--upload-pack=touch x"),
        ("remote_url", "https://user:pw@x/y"),
        ("branch", "--upload-pack=x"),
        ("branch", "a..b"),
        ("slug", "json"),
        ("slug", "not-a-package"),
        ("provided_contents", ["extras.nothing"]),
        ("token", "two\nlines"),
    ],
)
def test_bad_values_are_refused_by_field(api: Any, field: str, value: Any) -> None:
    body = {"name": "Net", "slug": "net_of_tests", "remote_url": ADDRESS, field: value}
    answer = api.post(URL, body, format="json")
    assert answer.status_code == 400
    assert list(answer.json()) == [field]
    assert not GitRepository.objects.exists()


def test_the_package_of_a_repository_stays(api: Any, repository: GitRepository) -> None:
    answer = api.patch(f"{URL}{repository.pk}/", {"slug": "other"}, format="json")
    assert (answer.status_code, list(answer.json())) == (400, ["slug"])


def test_two_repositories_cannot_provide_the_same_from_one_address(
    api: Any, repository: GitRepository
) -> None:
    body = {"name": "Twin", "remote_url": repository.remote_url}
    refused = api.post(URL, {**body, "provided_contents": ["extras.job"]}, format="json")
    assert (refused.status_code, list(refused.json())) == (400, ["provided_contents"])
    assert api.post(URL, body, format="json").status_code == 201


def test_a_token_is_sealed_and_never_shown(api: Any, browser: Client) -> None:
    body = {"name": "Net", "remote_url": ADDRESS, "token": TOKEN}
    made = api.post(URL, body, format="json")
    row = GitRepository.objects.get()
    assert made.json()["has_token"] is True
    assert open_sealed(row.sealed_token) == {"token": TOKEN}
    assert TOKEN not in row.sealed_token
    changes = str(list(ObjectChange.objects.values("before", "after")))
    shown = [
        made.content.decode(),
        changes,
        browser.get(f"/repositories/{row.pk}/").content.decode(),
    ]
    assert not any(TOKEN in each or row.sealed_token in each for each in shown)
    query = "{ git_repositories { name sealed_token } }"
    answer = api.post("/api/graphql/", {"query": query}, format="json").json()
    assert "sealed_token" in answer["errors"][0]["message"]


def test_another_address_forgets_the_token(api: Any, repository: GitRepository) -> None:
    one = f"{URL}{repository.pk}/"
    assert api.patch(one, {"branch": "next"}, format="json").json()["has_token"] is True
    answer = api.patch(one, {"remote_url": "https://evil.example.com/x"}, format="json")
    assert (answer.json()["has_token"], answer.json()["current_head"]) == (False, "")


def test_sync_over_rest_answers_with_the_run(
    api: Any, folder: GitFolder, repository: GitRepository
) -> None:
    folder.commit(jobs(a=says("1")))
    answer = api.post(f"{URL}{repository.pk}/sync/", {}, format="json")
    assert answer.status_code == 200
    assert list(answer.json()) == ["message", "job_result"]
    assert answer.json()["job_result"]["name"] == "Git Repository: Sync"
    result = run_now(JobResult.objects.get(pk=answer.json()["job_result"]["id"]))
    assert (result.status, result.door) == ("SUCCESS", "api")
    shown = api.get("/api/extras/jobs/?name=Ping").json()["results"][0]
    assert (shown["source"], shown["git_repository"]) == ("git", str(repository.pk))


def test_a_sync_needs_a_worker(api: Any, repository: GitRepository, settings: Any) -> None:
    settings.JOBSMITH = {**settings.JOBSMITH, "ACCEPT_WITHOUT_WORKER": False}
    assert api.post(f"{URL}{repository.pk}/sync/", {}, format="json").status_code == 503
    assert not JobResult.objects.exists()


def test_rights_to_sync_are_those_to_change(repository: GitRepository) -> None:
    address = f"{URL}{repository.pk}/sync/"
    reader = client_of(make_user("reader", "view_gitrepository", "run_job"))
    assert reader.post(address, {}, format="json").status_code == 403
    far = make_user("far")
    grant(far, "change", GitRepository, {"name": "another"})
    assert client_of(far).post(address, {}, format="json").status_code == 404


def test_graphql_knows_repositories_and_their_jobs(
    api: Any, folder: GitFolder, repository: GitRepository, pull: Callable[..., JobResult]
) -> None:
    folder.commit(jobs(a=says("1")))
    pull()
    inner = "jobs(limit: 9) { name git_repository { name } }"
    query = f"{{ git_repositories {{ name slug current_head {inner} }} }}"
    answer = api.post("/api/graphql/", {"query": query}, format="json").json()
    assert "errors" not in answer, answer
    assert answer["data"]["git_repositories"] == [
        {
            "name": "Nets",
            "slug": "nets_of_tests",
            "current_head": repository.current_head,
            "jobs": [{"name": "Ping", "git_repository": {"name": "Nets"}}],
        }
    ]


def test_graphql_syncs_a_repository_and_tries_a_sync_out(
    api: Any, folder: GitFolder, repository: GitRepository
) -> None:
    folder.commit(jobs(a=says("1")))
    query = "mutation($id: ID!, $dry: Boolean) { sync_git_repository(id: $id, dry_run: $dry) {id} }"

    def sync_by(dry: bool | None) -> tuple[str, int]:
        body = {"query": query, "variables": {"id": str(repository.pk), "dry": dry}}
        answer = api.post("/api/graphql/", body, format="json").json()
        assert "errors" not in answer, answer
        result = JobResult.objects.get(pk=answer["data"]["sync_git_repository"]["id"])
        return run_now(result).status, Job.objects.filter(git_repository=repository).count()

    assert sync_by(dry=True) == ("SUCCESS", 0)
    assert sync_by(dry=None) == ("SUCCESS", 1)


def test_graphql_syncs_only_what_may_be_changed(repository: GitRepository) -> None:
    user = make_user("far")
    query = f'mutation {{ sync_git_repository(id: "{repository.pk}") {{ id }} }}'

    def code() -> str:
        answer = client_of(user).post("/api/graphql/", {"query": query}, format="json").json()
        return str(answer["errors"][0]["extensions"]["code"])

    grant(user, "view", GitRepository)
    assert code() == "not_allowed"
    grant(user, "change", GitRepository, {"name": "another"})
    assert code() == "not_found"
    assert not JobResult.objects.exists()


def test_pages_make_sync_and_delete_a_repository(
    browser: Client, folder: GitFolder, server: GitServer
) -> None:
    folder.commit(jobs(a=says("1")))
    form = {"name": "Nets of tests", "remote_url": server.url("nets"), "branch": "main"}
    made = browser.post("/repositories/add/", {**form, "token": TOKEN, "has_jobs": "on"})
    assert made.status_code == 302
    row = GitRepository.objects.get()
    assert (row.slug, row.provided_contents) == ("nets_of_tests", ["extras.job"])
    again = browser.post(made["Location"], {**form, "has_jobs": "on"})
    assert again.status_code == 302
    row.refresh_from_db()
    assert open_sealed(row.sealed_token) == {"token": TOKEN}
    tried = browser.post(f"{made['Location']}sync/", {"dry_run": "on"})
    assert JobResult.objects.get().name == "Git Repository: Dry-Run"
    assert tried["Location"] == f"/runs/{JobResult.objects.get().pk}/"
    started = browser.post(f"{made['Location']}sync/")
    run_now(JobResult.objects.get(name="Git Repository: Sync"))
    assert browser.get(started["Location"]).status_code == 200
    shown = browser.get(made["Location"]).content.decode()
    assert "Ping" in shown
    assert "Git Repository: Sync" in shown
    assert "Nets of tests" in browser.get("/repositories/").content.decode()
    assert browser.post(f"{made['Location']}delete/").status_code == 302
    assert not GitRepository.objects.exists()
    assert Job.objects.get(name="Ping").installed is False
    assert not Source.objects.filter(key="git:nets_of_tests").exists()


def test_a_page_says_what_is_wrong_with_an_address(browser: Client) -> None:
    answer = browser.post(
        "/repositories/add/", {"name": "X", "remote_url": "ftp://x/y", "branch": "m"}
    )
    assert answer.status_code == 400
    assert "Only addresses that begin with" in answer.content.decode()


def test_problems_of_a_commit_stand_on_its_page(
    browser: Client, folder: GitFolder, repository: GitRepository, pull: Callable[..., JobResult]
) -> None:
    folder.commit(jobs(z="1 / 0\n"))
    pull()
    shown = browser.get(f"/repositories/{repository.pk}/").content.decode()
    assert "nets_of_tests/jobs/z.py:1" in shown


def test_the_command_line_syncs_a_repository_and_follows_it(
    folder: GitFolder, repository: GitRepository, settings: Any
) -> None:
    settings.JOBSMITH = {**settings.JOBSMITH, "ENGINE": "inline"}
    head = folder.commit(jobs(a=says("1")))
    done = CliRunner().invoke(sync, ["nets_of_tests"])
    assert done.exit_code == 0, done.output
    assert head in done.output
    assert Job.objects.get(name="Ping").git_repository == repository
    folder.commit({"jobs/a.py": "1 / 0\n"})
    done = CliRunner().invoke(sync, ["Nets", "--dry-run"])
    assert done.exit_code == 1
    assert "ZeroDivisionError" in done.output
    assert isinstance(CliRunner().invoke(sync, ["Other"]).exception, NotFound)


def test_a_refused_sync_is_a_sentence_with_a_code_and_no_traceback(
    repository: GitRepository, browser: Client, settings: Any
) -> None:
    settings.JOBSMITH = {**settings.JOBSMITH, "ENGINE": "inline"}
    GitRepository.objects.update(remote_url=f"{repository.remote_url}/none")
    done = CliRunner().invoke(sync, ["nets_of_tests"])
    assert done.exit_code == 1
    assert "Traceback" not in done.output
    said = done.output.splitlines()[-1]
    assert said.endswith("[source_broken]")
    result = JobResult.objects.get()
    assert (result.cause, result.traceback) == ("refused:source_broken", None)
    assert result.cause_detail in said
    page = browser.get(f"/runs/{result.pk}/").content.decode()
    assert result.cause_detail in page
    assert "Traceback" not in page


def test_the_page_lists_the_commits_that_are_kept(
    browser: Client, folder: GitFolder, repository: GitRepository, pull: Callable[..., JobResult]
) -> None:
    heads = []
    for word in ("1", "2"):
        heads.append(folder.commit(jobs(a=says(word)))[:10])
        pull()
    address = f"/repositories/{repository.pk}/"
    page = browser.get(address).content.decode()
    first, second = (page.rindex(f"nets_of_tests {each}") for each in heads)
    assert second < first
    assert page.count(">serves, ") == 1
    reader = Client()
    reader.force_login(make_user("reader", "view_gitrepository"))
    assert f"nets_of_tests {heads[0]}" not in reader.get(address).content.decode()
