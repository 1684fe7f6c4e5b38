"""A repository on an SSH server: its key is sealed, and that of the server is pinned."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from jobsmith.engines.inline import run_now
from jobsmith.inputs.vault import open_sealed, seal
from jobsmith.models import GitRepository, Job, JobResult, ObjectChange, Source
from tests.integration.api.conftest import client_of
from tests.support.git_server import GitFolder
from tests.support.ssh_git_server import SshGitServer, new_key, private_text, ssh_git_server

from .conftest import jobs, says
from .test_sync import accept, lines

URL = "/api/extras/git-repositories/"
KEY = new_key()
TEXT = private_text(KEY)
ADDRESS = "git@git.example.com:net/jobs.git"
Sync = Callable[..., JobResult]


@pytest.fixture
def ssh(folder: GitFolder) -> Iterator[SshGitServer]:
    with ssh_git_server(folder.path.parent, KEY) as server:
        yield server


@pytest.fixture
def repository(ssh: SshGitServer, boss: Any) -> GitRepository:
    return GitRepository.objects.create(
        name="Nets",
        slug="nets_of_tests",
        remote_url=ssh.url("nets"),
        sealed_key=seal({"private_key": TEXT}),
        provided_contents=["extras.job"],
    )


@pytest.fixture
def api(boss: Any) -> Any:
    return client_of(boss)


def told(result: JobResult) -> list[str]:
    return [message for _, _, message in lines(result)]


def test_the_first_sync_shows_the_host_key_and_pins_it(
    folder: GitFolder, ssh: SshGitServer, repository: GitRepository, sync: Sync
) -> None:
    head = folder.commit(jobs(a=says("1")))
    tried = sync(dry_run=True)
    said = f"The server shows the host key {ssh.fingerprint}."
    assert f"{said} The first sync will pin it." in told(tried)
    assert repository.host_key == ""
    result = sync()
    assert (result.status, repository.current_head) == ("SUCCESS", head)
    assert f"{said} It is pinned from now on." in told(result)
    assert repository.host_key == ssh.fingerprint
    assert not any("host key" in each for each in told(sync()))


def test_a_changed_host_key_is_refused_until_the_pinned_one_is_emptied(
    folder: GitFolder, ssh: SshGitServer, repository: GitRepository, sync: Sync, boss: Any, api: Any
) -> None:
    folder.commit(jobs(a=says("good")))
    sync()
    before = ssh.fingerprint
    ssh.change_host_keys(new_key())
    folder.commit({"jobs/a.py": says("evil")})
    result = sync()
    assert result.status == "FAILURE"
    assert before in result.cause_detail
    assert ssh.fingerprint in result.cause_detail
    [problem] = Source.objects.get(key="git:nets_of_tests").problems.all()
    assert ssh.fingerprint in problem.message
    assert repository.host_key == before
    assert run_now(accept("Ping", boss)).result == "good"
    answer = api.patch(f"{URL}{repository.pk}/", {"host_key": ""}, format="json")
    assert answer.json()["host_key"] == ""
    assert sync().status == "SUCCESS"
    assert repository.host_key == ssh.fingerprint
    assert run_now(accept("Ping", boss)).result == "evil"


def test_a_host_key_that_was_pasted_beforehand_is_asked_for(
    folder: GitFolder, ssh: SshGitServer, repository: GitRepository, sync: Sync, api: Any
) -> None:
    folder.commit(jobs(a=says("1")))
    one = f"{URL}{repository.pk}/"
    other = f"[127.0.0.1]:22 {new_key().export_public_key().decode().strip()}"
    assert api.patch(one, {"host_key": other}, format="json").json()["host_key"][:7] == "SHA256:"
    assert "is pinned" in sync().cause_detail
    line = f"[127.0.0.1]:22 {ssh.host_keys[0].export_public_key().decode().strip()}"
    assert api.patch(one, {"host_key": line}, format="json").json()["host_key"] == ssh.fingerprint
    assert sync().status == "SUCCESS"


def test_a_wrong_key_and_a_server_that_is_gone_leave_the_old_code_serving(
    folder: GitFolder, ssh: SshGitServer, repository: GitRepository, sync: Sync, boss: Any
) -> None:
    folder.commit(jobs(a=says("good")))
    sync()
    ssh.known.clear()
    assert "The server refused the user name or the private key." in sync().cause_detail
    ssh.hang_up()
    assert "The server refused the connection." in sync().cause_detail
    assert run_now(accept("Ping", boss)).result == "good"
    ssh.listen(ssh.port)


def test_a_private_key_is_sealed_and_never_shown(api: Any, boss: Any) -> None:
    body = {"name": "Net", "remote_url": ADDRESS, "private_key": TEXT.replace("\n", "\r\n")}
    made = api.post(URL, body, format="json")
    assert made.status_code == 201, made.json()
    assert made.json()["has_private_key"] is True
    row = GitRepository.objects.get()
    assert open_sealed(row.sealed_key) == {"private_key": TEXT}
    browser = Client()
    browser.force_login(boss)
    form = {"name": "Net", "remote_url": "nonsense", "branch": "main", "private_key": TEXT}
    shown = [
        made.content.decode(),
        str(list(ObjectChange.objects.values("before", "after"))),
        browser.get(f"/repositories/{row.pk}/").content.decode(),
        browser.post(f"/repositories/{row.pk}/", form).content.decode(),
        api.post(URL, {**body, "name": ""}, format="json").content.decode(),
    ]
    middle = TEXT.splitlines()[2]
    assert not any(middle in each or row.sealed_key in each for each in shown)


def test_the_private_key_is_in_no_table(
    folder: GitFolder, ssh: SshGitServer, repository: GitRepository, sync: Sync
) -> None:
    folder.commit(jobs(a=says("1")))
    sync()
    ssh.known.clear()
    sync()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            rows = str(cursor.fetchall())
            assert not any(line in rows for line in TEXT.splitlines()[1:-1]), table


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("private_key", "nonsense", "This is no private key."),
        ("private_key", new_key().export_public_key().decode(), "This is no private key."),
        ("private_key", TEXT.replace(TEXT.splitlines()[2], ""), "This is no private key."),
        ("private_key", private_text(new_key("ssh-rsa"), "phrase"), "This key has a passphrase."),
        ("host_key", "MD5:00:11", "Enter a fingerprint"),
        ("host_key", "x ssh-rsa AAAAC3NzaC1lZDI1NTE5", "Enter a fingerprint"),
    ],
    ids=("nonsense", "public", "torn", "with-passphrase", "md5", "wrong-kind"),
)
def test_keys_that_are_none_are_refused(
    transactional_db: None, api: Any, field: str, value: str, said: str
) -> None:
    body = {"name": "Net", "remote_url": ADDRESS, field: value}
    answer = api.post(URL, body, format="json")
    assert (answer.status_code, list(answer.json())) == (400, [field])
    assert said in answer.json()[field][0]
    assert not GitRepository.objects.exists()


def test_another_address_forgets_both_keys(api: Any, repository: GitRepository) -> None:
    repository.host_key = "SHA256:" + 43 * "A"
    repository.save()
    one = f"{URL}{repository.pk}/"
    kept = api.patch(one, {"branch": "next"}, format="json").json()
    assert (kept["has_private_key"], kept["host_key"]) == (True, repository.host_key)
    gone = api.patch(one, {"remote_url": ADDRESS}, format="json").json()
    assert (gone["has_private_key"], gone["host_key"]) == (False, "")


def test_the_page_keeps_what_was_left_alone(boss: Any, repository: GitRepository) -> None:
    repository.host_key = "SHA256:" + 43 * "A"
    repository.save()
    browser = Client()
    browser.force_login(boss)
    form = {"name": "Nets", "remote_url": repository.remote_url, "host_key": repository.host_key}
    address = f"/repositories/{repository.pk}/"
    assert browser.post(address, {**form, "branch": "next", "has_jobs": "on"}).status_code == 302
    repository.refresh_from_db()
    assert (repository.branch, repository.host_key) == ("next", form["host_key"])
    assert open_sealed(repository.sealed_key) == {"private_key": TEXT}
    moved = {**form, "remote_url": ADDRESS, "branch": "next", "has_jobs": "on"}
    assert browser.post(address, moved).status_code == 302
    repository.refresh_from_db()
    assert (repository.host_key, repository.sealed_key) == ("", "")


def test_jobs_come_over_ssh_end_to_end_from_the_page(
    folder: GitFolder, ssh: SshGitServer, boss: Any
) -> None:
    folder.commit(jobs(a=says("1")))
    browser = Client()
    browser.force_login(boss)
    form = {"name": "Nets of tests", "remote_url": ssh.url("nets"), "branch": "main"}
    made = browser.post("/repositories/add/", {**form, "private_key": TEXT, "has_jobs": "on"})
    assert made.status_code == 302
    browser.post(f"{made['Location']}sync/")
    assert run_now(JobResult.objects.get()).status == "SUCCESS"
    assert ssh.fingerprint in browser.get(made["Location"]).content.decode()
    assert Job.objects.get(name="Ping").git_repository.name == "Nets of tests"
