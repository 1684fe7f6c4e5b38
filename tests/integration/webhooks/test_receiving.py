"""Messages that start a job: once each, with the inputs that they carry, behind every gate."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from jobsmith.actions.clear_away import forget_deliveries
from jobsmith.actions.save_webhook import renew_secret, update_webhook
from jobsmith.models import (
    ApprovalWorkflow,
    Job,
    JobQueue,
    JobResult,
    JobWebhookDelivery,
    ScheduledJob,
)
from tests.support import factories as make
from tests.support.approvals import approve, gated_job, make_approver

from .conftest import MESSAGE, Sender, post

Make = Callable[..., Sender]
NOBODY = "0badc0de-0000-4000-8000-00000000dead"
REFUSED = "There is no hook here, or the message is not signed with its secret."


def test_a_signed_message_starts_the_job_in_the_name_of_the_owner(sender: Make, owner: Any) -> None:
    send = sender()
    answer = send(id="d-1")
    assert answer.status_code == 202, answer.content
    run = JobResult.objects.get()
    said = {"message": "It was started.", "job_result": str(run.pk), "approval_workflow": None}
    assert answer.json() == said
    assert (run.user, run.door, run.status) == (owner, "webhook", "PENDING")
    assert run.task_kwargs == {"host": "sw1", "count": 8, "note": "by webhook"}
    delivery = JobWebhookDelivery.objects.get()
    assert (delivery.delivery_id, delivery.outcome, delivery.job_result) == ("d-1", "started", run)


def test_a_run_waits_where_no_worker_listens_and_while_its_queue_drains(
    sender: Make, job: Job
) -> None:
    JobQueue.objects.update(state=JobQueue.State.DRAINING)
    assert sender()().status_code == 202


def test_a_path_may_lead_nowhere_where_there_is_a_default(sender: Make) -> None:
    assert sender()({"device": {"name": "sw1", "ports": []}}).status_code == 202
    assert JobResult.objects.get().task_kwargs["count"] == 1


@pytest.mark.parametrize("scheme", ["hmac", "token"])
def test_other_schemes_are_taken_where_the_webhook_has_them(sender: Make, scheme: str) -> None:
    send = sender(scheme=scheme)
    assert send(id="d1").status_code == 202
    again = send(id="d1")
    assert (again.status_code, again.json()["message"]) == (202, "This message came before.")
    assert again.json()["job_result"] == str(JobResult.objects.get().pk)


def test_a_gitlab_token_and_a_form_are_taken(sender: Make) -> None:
    send = sender(scheme="token")
    body = urlencode({"payload": json.dumps(MESSAGE)}).encode()
    kind = "application/x-www-form-urlencoded"
    assert post(send.row, body, kind, **{"X-Gitlab-Token": send.secret}).status_code == 202


def test_what_is_not_signed_is_answered_like_what_does_not_exist(sender: Make) -> None:
    send = sender()
    body = json.dumps(MESSAGE).encode()
    good = send._standard(body, "a", {})
    other = Sender(send.row, "whsec_b3RoZXI=")
    answers = [
        post(NOBODY, body, **good),
        post("nonsense", body, **good),
        post("\x00", body, **good),
        other(),
        post(send.row, body),
        post(send.row, b"{}", **good),
        post(send.row, body, **{**good, "Webhook-Id": "b"}),
        post(send.row, body, **{**good, "Webhook-Timestamp": "1"}),
        post(send.row, body, **{**good, "Webhook-Signature": ""}),
        post(send.row, body, **{**good, "Webhook-Signature": "ü"}),
        post(send.row, body, **send._hmac(body, "", {})),
        post(send.row, body, **send._token(body, "", {})),
        post(send.row, body, **{"X-Gitlab-Token": ""}),
    ]
    told = {(each.status_code, each.content, tuple(sorted(each.headers))) for each in answers}
    assert len(told) == 1
    assert answers[0].json() == {"detail": REFUSED, "code": "hook_refused"}
    assert not JobWebhookDelivery.objects.exists()


def test_a_message_comes_to_one_run_however_often_it_is_sent(sender: Make) -> None:
    send = sender()
    first = send(id="a").json()
    assert send(id="a").json()["job_result"] == first["job_result"]
    assert send({"device": {"name": "sw2"}}, id="a").json()["job_result"] == first["job_result"]
    JobResult.objects.all().delete()
    again = send(id="a")
    assert (again.status_code, again.json()["job_result"]) == (202, None)
    assert not JobResult.objects.exists()


def test_what_was_signed_long_ago_or_for_later_is_refused(sender: Make) -> None:
    send = sender()
    now = int(time.time())
    for stamp in (str(now - 400), str(now + 400), "", "-1", "٣", "9" * 30, "1e3"):
        answer = send(timestamp=stamp)
        assert (answer.status_code, answer.json()["code"]) == (400, "message_too_old"), stamp
    assert not JobWebhookDelivery.objects.exists()


def test_with_a_hmac_the_same_body_is_the_same_message_whatever_its_id(sender: Make) -> None:
    send = sender(scheme="hmac")
    first = send(id="d1").json()
    assert send(id="d2").json()["job_result"] == first["job_result"]
    assert send({**MESSAGE, "more": 1}, id="d1").json()["job_result"] != first["job_result"]


def test_a_switched_off_webhook_takes_nothing(sender: Make, owner: Any) -> None:
    send = sender()
    update_webhook(send.row, user=owner, values={"enabled": False})
    answer = send()
    assert (answer.status_code, answer.json()["code"]) == (409, "webhook_off")
    assert Sender(send.row, "whsec_b3RoZXI=")().json()["code"] == "hook_refused"


def test_a_new_secret_voids_the_one_before(sender: Make, owner: Any) -> None:
    send = sender()
    row, secret = renew_secret(send.row, user=owner)
    assert send().status_code == 404
    assert Sender(row, secret)().status_code == 202


@pytest.mark.parametrize("away", ["inactive", "gone", "without the right"])
def test_the_owner_must_be_there_and_may_run_the_job_whenever_a_message_comes(
    sender: Make, owner: Any, away: str
) -> None:
    send = sender()
    if away == "inactive":
        owner.is_active = False
        owner.save()
    elif away == "gone":
        owner.delete()
    else:
        owner.user_permissions.clear()
    answer = send(id="a")
    wanted = (403, "not_allowed") if away == "without the right" else (409, "owner_gone")
    assert (answer.status_code, answer.json()["code"]) == wanted
    delivery = JobWebhookDelivery.objects.get()
    assert (delivery.outcome, delivery.said) == ("refused", answer.json()["detail"])


def test_a_refused_message_may_be_sent_again_once_it_can_start(sender: Make, job: Job) -> None:
    send = sender()
    Job.objects.update(enabled=False)
    assert send(id="a").json()["code"] == "job_disabled"
    Job.objects.update(enabled=True)
    assert send(id="a").status_code == 202
    delivery = JobWebhookDelivery.objects.get()
    assert (delivery.outcome, delivery.said) == ("started", "")


@pytest.mark.parametrize(
    ("body", "code", "status"),
    [
        (b"no json", "not_readable", 400),
        (b"\xff\xfe", "not_readable", 400),
        (b"[" * 100_000, "too_deep", 400),
        (b'{"a":' + b"[" * 150 + b"]" * 150 + b"}", "too_deep", 400),
        (b'{"device": {"name": "a\\u0000"}}', "not_storable", 400),
        (b'{"device": NaN}', "not_storable", 400),
        (b"[]", "inputs_refused", 400),
        (b"null", "inputs_refused", 400),
        (b'"text"', "inputs_refused", 400),
        (b'{"device": []}', "inputs_refused", 400),
        (b'{"device": {"name": {"a": 1}}}', "inputs_refused", 400),
        (b'{"device": {"name": "%s"}}' % (b"x" * 50), "inputs_refused", 400),
        (b'{"device": {"name": "a", "ports": ["many"]}}', "inputs_refused", 400),
        (b"x" * (2 * 1024**2 + 1), "too_large", 413),
    ],
    ids=lambda value: str(value)[:25],
)
def test_hostile_messages_are_refused_in_our_words(
    sender: Make, body: bytes, code: str, status: int
) -> None:
    answer = sender()(body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert not JobResult.objects.exists()


def test_a_path_that_leads_nowhere_is_named(sender: Make) -> None:
    answer = sender()({"device": {}})
    assert answer.json()["errors"] == {"host": ["The message has nothing at /device/name."]}
    said = "Some inputs were refused. host: The message has nothing at /device/name."
    assert JobWebhookDelivery.objects.get().said == said


def test_only_messages_that_it_waits_for_start_anything(sender: Make) -> None:
    send = sender(condition={"path": "/action", "equals": "opened"})
    passed = send({**MESSAGE, "action": "closed"})
    assert (passed.status_code, passed.json()["job_result"]) == (200, None)
    assert "not what it waits for at /action" in passed.json()["message"]
    assert JobWebhookDelivery.objects.get().outcome == "passed"
    assert send().status_code == 202


def test_so_many_messages_are_taken_in_a_minute(sender: Make) -> None:
    send = sender(per_minute=2)
    assert [send().status_code for _ in range(3)] == [202, 202, 429]
    answer = send()
    assert (answer.json()["code"], answer.headers["Retry-After"]) == ("too_many_messages", "60")
    assert send(id="msg_1").status_code == 202  # it came before, which starts nothing
    JobWebhookDelivery.objects.update(received_at=timezone.now() - timedelta(seconds=61))
    assert send().status_code == 202


def test_what_needs_approval_becomes_a_request(owner: Any, sender: Make) -> None:
    send = sender(job=gated_job(), mapping={"host": {"path": "/device/name"}})
    answer = send(id="a")
    workflow = ApprovalWorkflow.objects.get()
    assert answer.status_code == 202
    assert answer.json() == {
        "message": "It waits for approval.",
        "job_result": None,
        "approval_workflow": str(workflow.pk),
    }
    assert not JobResult.objects.exists()
    assert send(id="a").json()["approval_workflow"] == str(workflow.pk)
    assert ScheduledJob.objects.count() == 1
    approve(workflow, make_approver())
    run = JobResult.objects.get()
    assert (run.door, run.user) == ("webhook", owner)
    boss = Client()
    boss.force_login(make.make_admin())
    assert "from webhook" in boss.get(run.get_absolute_url()).content.decode()


def test_only_posts_are_taken(sender: Make) -> None:
    answer = Client().get(f"/hooks/jobs/{sender().row.pk}/")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_what_came_of_messages_is_forgotten_in_time(sender: Make) -> None:
    send = sender()
    send(id="a")
    send(id="b")
    old = timezone.now() - timedelta(days=91)
    JobWebhookDelivery.objects.filter(delivery_id="a").update(received_at=old)
    assert forget_deliveries() == 1
    assert JobResult.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_many_alike_at_once_one_starts_the_job(sender: Make) -> None:
    send = sender()

    def deliver(_number: int) -> int:
        try:
            return int(send(id="same").status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(deliver, range(6)))
    assert set(answers) <= {202, 503}
    assert JobResult.objects.count() == JobWebhookDelivery.objects.count() == 1
