"""Create or edit a job webhook, and renew its secret."""

import base64
import secrets
from collections.abc import Mapping
from typing import Any

from jobsmith import policies
from jobsmith.audit import note_change, snapshot
from jobsmith.errors import InputsRefused
from jobsmith.inputs.vault import seal
from jobsmith.models import Job, JobWebhook
from jobsmith.policies import Actor, identity
from jobsmith.signatures import PREFIX

from .map_message import refusals_of_condition, refusals_of_mapping
from .receive_webhook import KEPT_AS
from .run_form import spec_of
from .save_record import create_record, update_record
from .stale import Seen
from .transactions import changes, held

MOST_PER_MINUTE = 1000


def create_webhook(*, user: Actor, values: Mapping[str, Any]) -> tuple[JobWebhook, str]:
    """As `create_record`, with the secret, which is told this once.

    Its runs run in the name of whoever saves it, who must be able to run its job. InputsRefused
    also for a queue that is none of the job's, and a mapping or a condition that cannot be.
    """
    policies.require(user, "add", JobWebhook)
    _check(JobWebhook(), {"mapping": {}, "enabled": True, **values}, user)
    secret = _made()
    given = {**values, "sealed_secret": seal({KEPT_AS: secret}), "owner_id": identity(user)}
    return create_record(JobWebhook, user=user, values=given), secret


def update_webhook(
    webhook: JobWebhook, *, user: Actor, values: Mapping[str, Any], seen: Seen | None = None
) -> JobWebhook:
    """As `update_record`, with the checks of `create_webhook`; from now on it is the user's.

    To switch it off takes no right to its job, and leaves it its owner's.
    """
    policies.require_on(user, "change", webhook)
    if values == {"enabled": False}:
        return update_record(webhook, user=user, values=values, seen=seen)
    _check(webhook, values, user)
    given = {**values, "owner_id": identity(user)}
    return update_record(webhook, user=user, values=given, seen=seen)


def renew_secret(webhook: JobWebhook, *, user: Actor) -> tuple[JobWebhook, str]:
    """Another secret, told this once; the one before is good for nothing from now on.

    It stays its owner's. Raises NotAllowed, NotFound or Busy.
    """
    policies.require_on(user, "change", webhook)
    secret = _made()
    with changes():
        row = held(webhook)
        before = snapshot(row)
        row.sealed_secret = seal({KEPT_AS: secret})
        row.save()
        note_change(row, user=user, before=before)
    return row, secret


def _made() -> str:
    """As Standard Webhooks write it; other schemes take it as it stands."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def _check(row: JobWebhook, values: Mapping[str, Any], user: Actor) -> None:
    job = values.get("job") or (row.job if row.job_id else None)
    errors: dict[str, list[str]] = {}
    if isinstance(job, Job):
        policies.require_on(user, "run", job)
        errors |= _unfit_job(row, job, values)
    if found := refusals_of_condition(values.get("condition", row.condition)):
        errors["condition"] = found
    if not 1 <= values.get("per_minute", row.per_minute) <= MOST_PER_MINUTE:
        errors["per_minute"] = [f"Enter 1 to {MOST_PER_MINUTE:,}."]
    if errors:
        raise InputsRefused(errors)


def _unfit_job(row: JobWebhook, job: Job, values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Of what the edit says anything about: the job may have changed since the last one."""
    errors: dict[str, list[str]] = {}
    if values.keys() & {"job", "enabled"}:
        errors |= _standing(job, values.get("enabled", row.enabled))
    if values.keys() & {"job", "job_queue"}:
        errors |= _other_queue(job, values.get("job_queue", row.job_queue))
    if values.keys() & {"job", "mapping"}:
        found = refusals_of_mapping(values.get("mapping", row.mapping), spec_of(job))
        errors |= {"mapping": found} if found else {}
    return errors


def _standing(job: Job, enabled: bool) -> dict[str, list[str]]:
    if enabled and not job.runnable:
        why = "enabled" if job.installed else "installed"
        return {"enabled": [f"{job.name} is not {why}, so this cannot be switched on."]}
    return {}


def _other_queue(job: Job, queue: Any) -> dict[str, list[str]]:
    if queue is None or queue == job.default_job_queue or queue in job.job_queues.all():
        return {}
    return {"job_queue": [f"{queue.name} is none of the queues of {job.name}."]}
