"""Git servers that say that somebody pushed: signed, once, and about the right branch."""

import hashlib
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from jobsmith.actions.poll_repositories import Polls
from jobsmith.actions.save_repository import update_repository
from jobsmith.engines.inline import run_now
from jobsmith.inputs.vault import open_sealed
from jobsmith.models import GitRepository, JobResult, ObjectChange
from tests.integration.api.conftest import client_of
from tests.support.factories import make_user
from tests.support.git_server import GitFolder, GitServer

from .conftest import TOKEN, jobs, says
from .test_polling import look

SECRET = "hook-secret-0123456789"
NOBODY = "0badc0de-0000-4000-8000-00000000dead"
REFUSED = "There is no hook here, or the message is not signed with its secret."
PUSH = json.dumps({"ref": "refs/heads/main", "after": "1" * 40}).encode()
JSON = "application/json"


@pytest.fixture
def hooked(repository: GitRepository, boss: Any) -> GitRepository:
    return update_repository(repository, user=boss, values={"webhook_secret": SECRET})


def signature(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def send(row: Any, body: bytes = PUSH, kind: str = JSON, **headers: str) -> Any:
    client = Client(enforce_csrf_checks=True)
    address = reverse("jobsmith:git_hook", args=[getattr(row, "pk", row)])
    return client.post(address, body, content_type=kind, headers=headers)


def pushed(number: int) -> bytes:
    return json.dumps({"ref": "refs/heads/main", "after": f"{number:040x}"}).encode()


def push(row: Any, body: bytes = PUSH, delivery: str = "d1", secret: str = SECRET) -> Any:
    """As GitHub sends it."""
    headers = {"X-GitHub-Event": "push", "X-GitHub-Delivery": delivery}
    signed = f"sha256={signature(body, secret)}"
    return send(row, body, **headers, **{"X-Hub-Signature-256": signed})


def test_a_signed_push_is_synced_in_the_name_of_the_owner(
    folder: GitFolder, hooked: GitRepository, boss: Any
) -> None:
    head = folder.commit(jobs(a=says("1")))
    answer = push(hooked)
    assert answer.status_code == 202
    result = JobResult.objects.get()
    said = "The repository is being synced."
    assert answer.json() == {"message": said, "job_result": str(result.pk)}
    assert (result.user, result.door) == (boss, "webhook")
    assert run_now(result).status == "SUCCESS"
    hooked.refresh_from_db()
    assert hooked.current_head == head


def test_other_servers_sign_in_their_own_way(hooked: GitRepository) -> None:
    ways = [
        {"X-Gitea-Event": "push", "X-Gitea-Signature": signature(pushed(0))},
        {"X-Forgejo-Event": "push", "X-Forgejo-Signature": signature(pushed(1)).upper()},
        {"X-Gitlab-Event": "Push Hook", "X-Gitlab-Token": SECRET},
    ]
    for number, headers in enumerate(ways):
        JobResult.objects.update(status="SUCCESS")
        assert send(hooked, pushed(number), **headers).status_code == 202
    assert JobResult.objects.count() == 3


def test_a_push_may_come_as_a_form(hooked: GitRepository) -> None:
    body = urlencode({"payload": PUSH.decode()}).encode()
    answer = send(
        hooked,
        body,
        "application/x-www-form-urlencoded",
        **{"X-Hub-Signature-256": f"sha256={signature(body)}"},
    )
    assert answer.status_code == 202


def test_what_is_not_signed_is_answered_like_what_does_not_exist(
    hooked: GitRepository, boss: Any
) -> None:
    silent = GitRepository.objects.create(name="Silent", slug="silent", remote_url="https://x/y")
    signed = f"sha256={signature(PUSH)}"
    answers = [
        push(NOBODY),
        push("nonsense"),
        push(silent),
        push(hooked, secret="another-secret-0123456"),
        push(hooked, secret=""),
        send(hooked),
        send(hooked, b"{}", **{"X-Hub-Signature-256": signed}),
        send(hooked, **{"X-Hub-Signature-256": signature(PUSH)}),
        send(hooked, **{"X-Hub-Signature-256": signed.replace("256", "1")}),
        send(hooked, **{"X-Gitlab-Token": ""}),
        send(silent, **{"X-Gitlab-Token": ""}),
        send(hooked, **{"X-Gitlab-Token": "ü" + SECRET}),
        send(hooked, **{"X-Gitea-Signature": ""}),
    ]
    told = {(each.status_code, each.content, tuple(sorted(each.headers))) for each in answers}
    assert [(status, json.loads(body)) for status, body, _ in told] == [
        (404, {"detail": REFUSED, "code": "hook_refused"})
    ]
    assert not JobResult.objects.exists()


def test_unknown_repositories_take_as_many_queries(
    hooked: GitRepository, django_assert_num_queries: Any
) -> None:
    push(NOBODY)
    for row in (NOBODY, hooked):
        with django_assert_num_queries(1):
            push(row, secret="another-secret-0123456")


def test_a_message_that_comes_again_starts_nothing(hooked: GitRepository) -> None:
    first = push(hooked).json()["job_result"]
    JobResult.objects.update(status="SUCCESS")
    GitRepository.objects.update(next_poll_at=None)
    for delivery in ("d1", "d2", ""):  # who replays it can name it anew: that is not signed
        again = push(hooked, delivery=delivery)
        assert (again.status_code, again.json()["job_result"]) == (202, first)
        assert again.json()["message"].startswith("This message came before. The server is asked")
    assert JobResult.objects.count() == 1
    JobResult.objects.all().delete()
    assert push(hooked).json()["job_result"] is None
    asked_at = GitRepository.objects.get().next_poll_at
    assert asked_at is not None
    assert asked_at <= timezone.now()


def test_messages_that_come_again_have_a_server_asked_no_more_than_twice_a_minute(
    hooked: GitRepository,
) -> None:
    push(hooked)
    looked_at = timezone.now()
    GitRepository.objects.update(next_poll_at=None, looked_at=looked_at)
    push(hooked)
    assert GitRepository.objects.get().next_poll_at == looked_at + timedelta(seconds=30)


@pytest.mark.parametrize("status", ["FAILURE", "REVOKED"])
def test_a_message_whose_sync_came_to_nothing_starts_another(
    hooked: GitRepository, status: str
) -> None:
    first = push(hooked).json()["job_result"]
    JobResult.objects.update(status=status)
    second = push(hooked).json()["job_result"]
    assert second not in (first, None)
    assert push(hooked).json()["job_result"] == second
    assert JobResult.objects.count() == 2


def test_a_push_is_looked_after_where_nobody_polls(
    folder: GitFolder, server: GitServer, hooked: GitRepository
) -> None:
    folder.commit(jobs(a=says("1")))
    server.gives_packs = False
    assert run_now(JobResult.objects.get(pk=push(hooked).json()["job_result"])).status == "FAILURE"
    asked_at = GitRepository.objects.get().next_poll_at
    assert asked_at is not None
    assert asked_at > timezone.now()
    server.gives_packs, server.token = True, "another-token-99"
    assert look() == []
    server.token = TOKEN
    assert GitRepository.objects.get().next_poll_at is not None  # that look came to nothing
    GitRepository.objects.update(retry_at=None)
    [again] = look()
    assert GitRepository.objects.get().next_poll_at is not None
    assert run_now(again).status == "SUCCESS"
    assert look() == []
    assert GitRepository.objects.get().next_poll_at is None


def test_a_look_that_a_scheduler_gave_up_is_due_again(
    folder: GitFolder, hooked: GitRepository
) -> None:
    GitRepository.objects.update(next_poll_at=timezone.now())
    polls = Polls()
    assert polls.turn() == 1
    polls.end()
    assert GitRepository.objects.get().next_poll_at is not None


def test_many_messages_start_one_sync(hooked: GitRepository) -> None:
    def one(number: int) -> int:
        try:
            return int(push(hooked, pushed(number)).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(one, range(12)))
    assert sorted(statuses) == [200] * 11 + [202]
    assert JobResult.objects.count() == 1


def test_a_push_during_a_sync_has_the_server_asked_again(hooked: GitRepository) -> None:
    push(hooked)
    assert push(hooked, pushed(2)).json()["message"].endswith("waits already.")
    JobResult.objects.update(status="STARTED")
    assert "the server is asked again" in push(hooked, pushed(3)).json()["message"]
    assert JobResult.objects.count() == 1
    hooked.refresh_from_db()
    assert hooked.next_poll_at is not None
    assert hooked.next_poll_at <= timezone.now()


def test_a_push_to_another_branch_starts_nothing_and_says_so(hooked: GitRepository) -> None:
    for ref in ("refs/heads/other", "refs/heads/x/main"):
        answer = push(hooked, json.dumps({"ref": ref}).encode())
        said = f"{ref} is not what this repository follows, so nothing is synced."
        assert (answer.status_code, answer.json()["message"]) == (200, said)
    assert not JobResult.objects.exists()


def test_an_event_that_is_no_push_starts_nothing(hooked: GitRepository) -> None:
    signed = {"X-Hub-Signature-256": f"sha256={signature(PUSH)}"}
    answer = send(hooked, **signed, **{"X-GitHub-Event": "ping"})
    assert (answer.status_code, answer.json()["job_result"]) == (200, None)


def test_a_tag_may_be_followed(hooked: GitRepository, boss: Any) -> None:
    update_repository(hooked, user=boss, values={"branch": "v1"})
    assert push(hooked, b'{"ref": "refs/tags/v1"}').status_code == 202


def test_a_message_that_is_too_large_is_refused_before_anything_is_looked_up(
    hooked: GitRepository, django_assert_num_queries: Any
) -> None:
    body = b" " * (2 * 1024**2 + 1)
    with django_assert_num_queries(0):
        assert {push(row, body).status_code for row in (hooked, NOBODY)} == {413}
    assert push(hooked, body[1:]).status_code == 200


def test_only_messages_are_taken(hooked: GitRepository) -> None:
    address = reverse("jobsmith:git_hook", args=[hooked.pk])
    for row in (address, address.replace(str(hooked.pk), NOBODY)):
        answer = Client().get(row)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_an_owner_who_is_gone_is_said_here_and_on_the_page(
    hooked: GitRepository, boss: Any
) -> None:
    owner = make_user("owner", "change_gitrepository")
    update_repository(hooked, user=owner, values={})
    owner.user_permissions.clear()
    assert push(hooked).status_code == 403
    owner.delete()
    answer = push(hooked)
    assert answer.status_code == 409
    hooked.refresh_from_db()
    assert hooked.look_failure == answer.json()["detail"]
    assert not JobResult.objects.exists()


def test_it_stands_below_any_mount(hooked: GitRepository, boss: Any) -> None:
    with override_settings(FORCE_SCRIPT_NAME="/tools"):
        body = client_of(boss).get(f"/api/extras/git-repositories/{hooked.pk}/").json()
    assert body["webhook_url"] == f"http://testserver/hooks/git/{hooked.pk}/"


def test_a_secret_is_sealed_never_shown_and_can_be_forgotten(
    repository: GitRepository, boss: Any
) -> None:
    one = f"/api/extras/git-repositories/{repository.pk}/"
    api, browser = client_of(boss), Client()
    browser.force_login(boss)
    short = api.patch(one, {"webhook_secret": "short"}, format="json")
    assert short.json() == {"webhook_secret": ["Use at least 16 characters."]}
    kept = api.patch(one, {"webhook_secret": SECRET}, format="json")
    assert kept.json()["has_webhook_secret"] is True
    repository.refresh_from_db()
    sealed = repository.sealed_webhook_secret
    assert open_sealed(sealed) == {"webhook_secret": SECRET}
    page = f"/repositories/{repository.pk}/"
    shown = browser.get(page).content.decode()
    assert f"/hooks/git/{repository.pk}/" in shown
    trail = str(list(ObjectChange.objects.values("before", "after")))
    assert not any(SECRET in each or sealed in each for each in (kept.text, shown, trail))
    form = {"name": "Nets", "remote_url": repository.remote_url, "branch": "main", "has_jobs": "on"}
    assert browser.post(page, form).status_code == 302
    repository.refresh_from_db()
    assert repository.sealed_webhook_secret == sealed
    assert browser.post(page, {**form, "forget_webhook": "on"}).status_code == 302
    repository.refresh_from_db()
    assert repository.sealed_webhook_secret == ""
    refused = browser.post(page, {**form, "branch": "a..b", "webhook_secret": SECRET})
    assert refused.status_code == 400
    assert SECRET not in refused.content.decode()
    assert browser.post(page, {**form, "webhook_secret": SECRET}).status_code == 302
    repository.refresh_from_db()
    assert open_sealed(repository.sealed_webhook_secret) == {"webhook_secret": SECRET}
