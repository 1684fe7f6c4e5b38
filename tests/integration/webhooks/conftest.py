"""A webhook, and messages for it."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from jobsmith.actions.save_webhook import create_webhook
from jobsmith.models import Job, JobWebhook
from tests.support import factories as make

MAPPING = {
    "host": {"path": "/device/name"},
    "count": {"path": "/device/ports/0", "default": 1},
    "note": {"value": "by webhook"},
}
MESSAGE = {"device": {"name": "sw1", "ports": [8]}, "action": "opened"}


class Sender:
    """Another system, which has the secret."""

    def __init__(self, row: JobWebhook, secret: str) -> None:
        self.row, self.secret = row, secret
        self.number = 0

    def __call__(self, message: Any = MESSAGE, **headers: str) -> Any:
        """Send it, signed as the webhook's scheme has it; headers override."""
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        signed = getattr(self, f"_{self.row.scheme}")(body, headers.pop("id", ""), headers)
        return post(self.row, body, **signed, **headers)

    def _standard(self, body: bytes, key: str, said: dict[str, str]) -> dict[str, str]:
        self.number += 1
        stamp = said.pop("timestamp", str(int(time.time())))
        key = key or f"msg_{self.number}"
        signed = f"{key}.{stamp}.".encode() + body
        raw = base64.b64decode(self.secret.removeprefix("whsec_"))
        mark = base64.b64encode(hmac.new(raw, signed, hashlib.sha256).digest()).decode()
        return {
            "Webhook-Id": key,
            "Webhook-Timestamp": stamp,
            "Webhook-Signature": f"v1,bm90IHRoaXM= v1,{mark}",
        }

    def _hmac(self, body: bytes, key: str, said: dict[str, str]) -> dict[str, str]:
        mark = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        return {"X-Hub-Signature-256": f"sha256={mark}", "X-GitHub-Delivery": key or "d1"}

    def _token(self, body: bytes, key: str, said: dict[str, str]) -> dict[str, str]:
        more = {"Idempotency-Key": key} if key else {}
        return {"Authorization": f"Bearer {self.secret}", **more}


def post(row: Any, body: bytes = b"{}", kind: str = "application/json", **headers: str) -> Any:
    """Send what one likes; as from elsewhere, without a cookie."""
    client = Client(enforce_csrf_checks=True)
    address = reverse("jobsmith:job_hook", args=[getattr(row, "pk", row)])
    return client.post(address, body, content_type=kind, headers=headers)


@pytest.fixture
def owner(db: None) -> Any:
    return make.make_user("olga", "run_job", "add_jobwebhook", "change_jobwebhook")


@pytest.fixture
def job(db: None) -> Job:
    variables = (
        make.VariableSpec(name="host", type="StringVar", max_length=20),
        make.VariableSpec(name="count", type="IntegerVar", required=False),
        make.VariableSpec(name="note", type="StringVar", required=False),
        make.VariableSpec(name="password", type="SecretVar", required=False),
    )
    return make.make_job(make.make_spec("Provision", *variables))


@pytest.fixture
def sender(job: Job, owner: Any) -> Callable[..., Sender]:
    def made(**values: Any) -> Sender:
        given = {"name": "from elsewhere", "job": job, "mapping": MAPPING, **values}
        return Sender(*create_webhook(user=owner, values=given))

    return made
