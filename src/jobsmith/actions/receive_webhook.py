"""Another system sends a message: start the job of the webhook, once for each message."""

import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from uuid import UUID

from jobsmith.approving import approval_of
from jobsmith.errors import (
    Busy,
    HookRefused,
    InputsRefused,
    JobsmithError,
    NotReadable,
    OwnerGone,
    SealBroken,
)
from jobsmith.inputs.codec import CleanInputs
from jobsmith.inputs.vault import open_sealed, seal
from jobsmith.models import ApprovalWorkflow, JobResult, JobWebhook, JobWebhookDelivery
from jobsmith.policies import Actor
from jobsmith.received import is_text, read_json
from jobsmith.signatures import (
    Message,
    MessageTooOld,
    Scheme,
    TooManyMessages,
    WebhookOff,
    is_signed_by,
)

from .enqueue_job import Accepted, RunOptions, enqueue_job, may_run
from .map_message import applies, mapped
from .run_form import json_run_form
from .transactions import changes, database_now, held

DOOR = "webhook"
KEPT_AS = "secret"
TOLERANCE = timedelta(minutes=5)
"""How far the time that was signed may be from now."""
MINUTE = timedelta(minutes=1)
Outcome = JobWebhookDelivery.Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What became of a message."""

    said: str
    result: JobResult | None = None
    """The run that it started, now or when it came first."""
    request: ApprovalWorkflow | None = None
    """The request for approval that it made instead."""
    accepted: bool = True
    """Whether it has come to one of them."""


def receive_webhook(key: str, message: Message) -> Delivered:
    """Start the job of the webhook with that key, with inputs out of the message.

    The same message starts one run, however often it comes. Raises HookRefused alike for webhooks
    that do not exist and for wrong signatures; WebhookOff, MessageTooOld, TooManyMessages,
    NotReadable, NotStorable, TooDeep, OwnerGone or Busy, and what the form and `enqueue_job`
    refuse. What is refused may be sent again.
    """
    row = _found(key)
    scheme = row.scheme if row else Scheme.STANDARD
    if not is_signed_by(scheme, message, _secret(row)) or row is None:
        raise HookRefused
    if not row.enabled:
        raise WebhookOff
    if row.scheme == Scheme.STANDARD:
        _refuse_old(message)
    delivery = _noted(row, message)
    if delivery.has_started:
        return _told(delivery, "This message came before.")
    try:
        return _started(row, delivery, message)
    except Busy:
        raise
    except JobsmithError as error:
        _say(delivery, Outcome.REFUSED, _sentence(error))
        raise


def _found(key: str) -> JobWebhook | None:
    try:
        rows = JobWebhook.objects.filter(pk=UUID(key))
    except ValueError:
        rows = JobWebhook.objects.none()
    return rows.select_related("owner", "job", "job_queue").first()


def _secret(row: JobWebhook | None) -> str:
    """Its secret, or one that nobody knows, so that both take the same work."""
    try:
        return str(open_sealed(row.sealed_secret if row else _nobodys())[KEPT_AS])
    except (SealBroken, KeyError):
        return secrets.token_hex()


@cache
def _nobodys() -> str:
    return seal({KEPT_AS: secrets.token_hex()})


def _refuse_old(message: Message) -> None:
    signed = message.timestamp
    if not (signed.isascii() and signed.isdecimal() and len(signed) < 12):
        raise MessageTooOld
    if abs(database_now().timestamp() - int(signed)) > TOLERANCE.total_seconds():
        raise MessageTooOld


def _noted(row: JobWebhook, message: Message) -> JobWebhookDelivery:
    """The line of the log about this message, whether it came before or is new."""
    key = _key_of(row, message)
    with changes():
        webhook = held(row)  # so that messages at once are counted one by one
        known = webhook.deliveries.filter(key=key).first()
        if known is not None and known.has_started:
            return known
        since = database_now() - MINUTE
        if webhook.deliveries.filter(received_at__gt=since).count() >= webhook.per_minute:
            raise TooManyMessages
        called = message.id if is_text(message.id) and message.id.isprintable() else ""
        return known or JobWebhookDelivery.objects.create(
            webhook=webhook, key=key, delivery_id=called[:100]
        )


def _key_of(row: JobWebhook, message: Message) -> str:
    """What must be the same for a message to be the same one: as much as its sender has signed.

    Ids of deliveries are signed in one scheme only; a HMAC is about the body. Whoever has a token
    can send anything, so there the id is taken at its word.
    """
    if row.scheme == Scheme.HMAC:
        return message.name
    if row.scheme == Scheme.TOKEN and not message.id:
        return secrets.token_hex(32)
    told = message.id or f"{message.timestamp} {message.name}"
    return hashlib.sha256(told.encode(errors="replace")).hexdigest()


def _started(row: JobWebhook, delivery: JobWebhookDelivery, message: Message) -> Delivered:
    body = _read(message)
    if not applies(row.condition, body):
        said = f"The message is not what it waits for at {row.condition['path'] or 'its top'}."
        _say(delivery, Outcome.PASSED, said)
        return Delivered(said=f"{said} Nothing was started.", accepted=False)
    owner = _owner_of(row)
    may_run(row.job, owner)
    inputs = _inputs(row, body, owner)
    queue = row.job_queue.name if row.job_queue else ""
    options = RunOptions(queue=queue, door=DOOR, by_clock=True)
    with changes():
        ours = held(delivery)  # of two alike at once, one starts it
        if ours.has_started:
            return _told(ours, "This message came before.")
        made = enqueue_job(row.job, user=owner, inputs=inputs, options=options)
        if isinstance(made, JobResult):
            ours.outcome, ours.job_result = Outcome.STARTED, made
        else:
            ours.outcome, ours.scheduled_job = Outcome.WAITS, made
        ours.said = ""
        ours.save()
    return _told(ours, _came_of(made))


def _came_of(made: Accepted) -> str:
    if not isinstance(made, JobResult):
        return "It waits for approval."
    return f"It was not started: {made.cause_detail}" if made.is_final else "It was started."


def _read(message: Message) -> object:
    try:
        return read_json(message.text)
    except (ValueError, RecursionError) as error:
        raise NotReadable("The message is no JSON.") from error


def _owner_of(row: JobWebhook) -> Actor:
    if row.owner is None or not row.owner.is_active:
        raise OwnerGone("Whoever saved it last is gone or may not sign in any more. Save it again.")
    return row.owner


def _inputs(row: JobWebhook, body: object, owner: Actor) -> CleanInputs:
    form = json_run_form(row.job, user=owner, data=mapped(row.mapping, body))
    if not form.is_valid():
        raise InputsRefused(form.refusals())
    return form.clean_inputs


def _told(delivery: JobWebhookDelivery, said: str) -> Delivered:
    schedule = delivery.scheduled_job
    request = approval_of(schedule) if schedule else None
    return Delivered(said=said, result=delivery.job_result, request=request)


def _say(delivery: JobWebhookDelivery, outcome: Outcome, said: str) -> None:
    """Unless it was started meanwhile."""
    done = (Outcome.STARTED, Outcome.WAITS)
    rows = JobWebhookDelivery.objects.filter(pk=delivery.pk).exclude(outcome__in=done)
    with suppress(Busy), changes():
        rows.update(outcome=outcome, said=said[:300])


def _sentence(error: JobsmithError) -> str:
    if not isinstance(error, InputsRefused):
        return error.message
    named = [
        f"{name}: {each}" if name != "__all__" else each
        for name, sentences in error.errors.items()
        for each in sentences
    ]
    return " ".join([error.message, *named])
