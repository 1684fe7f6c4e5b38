"""Buttons on the page of a record: which there are, and what pressing one does."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import Model

from jobsmith import policies
from jobsmith.conf import conf
from jobsmith.engines import listening_workers
from jobsmith.errors import JobDisabled, JobNotInstalled, NotAllowed, NotFound, QueueDraining
from jobsmith.inputs.codec import CleanInputs
from jobsmith.inputs.objects import as_key
from jobsmith.models import Job, JobButton
from jobsmith.policies import Actor
from jobsmith.texts import TextBroken, read

from .button_values import Values
from .enqueue_job import Accepted, RunOptions, enqueue_job, refuse_draining

UNSEEN = "You do not have permission to see this record."
NO_WORKER = "No worker is listening on its queue."


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A button as its reader sees it."""

    button: JobButton
    label: str
    why_not: str = ""
    """Why it cannot be pressed, in one sentence; "" where it can."""


def buttons_on(obj: Model, *, user: Actor) -> list[Shown]:
    """Buttons of a record in their order: those that can be pressed, and others with the reason.

    A button whose text renders to nothing is not there. Nothing of the record is told to
    somebody who may not see it.
    """
    if obj.pk is None or not user.is_active:
        return []
    buttons = list(_buttons_of(type(obj)))
    if not buttons:
        return []
    sees = policies.viewable(type(obj), user).filter(pk=obj.pk).exists()
    runs = set(
        policies.jobs(user, "run").filter(pk__in=_jobs(buttons)).values_list("pk", flat=True)
    )
    values, queues = Values(obj, user), _served()
    found = []
    for each in buttons:
        why = UNSEEN if not sees else _why_not(each.job, each.job_id in runs, queues)
        label, broken = _label(each, values) if sees else (each.name, "")
        if label:
            found.append(Shown(button=each, label=label, why_not=broken or why))
    return found


def record_for(button: JobButton, *, user: Actor, model: str, key: str) -> Model:
    """The record that the button shall be pressed for.

    Raises NotAllowed without the right to run jobs or to see such records, and NotFound where
    the button is switched off or not for such records, or where its job or the record is out of
    reach.
    """
    policies.require(user, "run", Job)
    kind = _model(model)
    policies.require(user, "view", kind)
    policies.find(policies.pressable(user), pk=button.pk, content_types=_kind(kind))
    try:
        return policies.find(policies.viewable(kind, user), pk=as_key(kind, key))
    except (ValidationError, ValueError, OverflowError) as error:
        raise NotFound from error


def press_button(button: JobButton, *, user: Actor, model: str, key: str, door: str) -> Accepted:
    """Run the button's job for the record; raises what `record_for` and `enqueue_job` raise."""
    obj = record_for(button, user=user, model=model, key=key)
    inputs = {"object_pk": str(obj.pk), "object_model_name": obj._meta.label_lower}
    options = RunOptions(door=door)
    return enqueue_job(button.job, user=user, inputs=CleanInputs(values=inputs), options=options)


def _buttons_of(model: type[Model]) -> Any:
    rows = JobButton.objects.filter(content_types=_kind(model), enabled=True)
    return rows.select_related("job__default_job_queue")


def _kind(model: type[Model]) -> ContentType:
    return ContentType.objects.get_for_model(model)


def _model(label: str) -> type[Model]:
    try:
        return apps.get_model(label)
    except (LookupError, ValueError) as error:
        raise NotFound from error


def _jobs(buttons: Iterable[JobButton]) -> list[Any]:
    return [each.job_id for each in buttons]


def _served() -> set[str] | None:
    """Names of the queues that workers listen on; None where that does not matter."""
    if conf().accept_without_worker:
        return None
    return {name for worker in listening_workers() for name in worker.queues}


def _why_not(job: Job, may_run: bool, queues: set[str] | None) -> str:
    """As `enqueue_job` would refuse."""
    if not may_run:
        return NotAllowed().message
    if not job.enabled:
        return JobDisabled().message
    if not job.installed:
        return JobNotInstalled().message
    try:
        refuse_draining(job.default_job_queue)
    except QueueDraining as refusal:
        return refusal.message
    if queues is not None and job.default_job_queue.name not in queues:
        return NO_WORKER
    return ""


def _label(button: JobButton, values: Values) -> tuple[str, str]:
    """What the button says, and what is wrong with its text."""
    try:
        return read(button.text).render(values), ""
    except TextBroken as error:
        return button.name, f"Its text cannot be read: {error}"
