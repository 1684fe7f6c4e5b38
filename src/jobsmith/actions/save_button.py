"""Create or edit a job button, once its text can be read and its job can be pressed."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.contenttypes.models import ContentType

from jobsmith.errors import InputsRefused
from jobsmith.models import Job, JobButton
from jobsmith.policies import Actor
from jobsmith.texts import TextBroken, read

from .save_record import create_record, update_record
from .stale import Seen


def create_button(*, user: Actor, values: Mapping[str, Any]) -> JobButton:
    """As `create_record`; InputsRefused also for a text that cannot be read, for a job that is
    not made for buttons, and for a button that is switched on while its job cannot run."""
    _check(JobButton(), {"enabled": True, **values})
    return create_record(JobButton, user=user, values=values)


def update_button(
    button: JobButton, *, user: Actor, values: Mapping[str, Any], seen: Seen | None = None
) -> JobButton:
    """As `update_record`, with the checks of `create_button`."""
    _check(button, values)
    return update_record(button, user=user, values=values, seen=seen)


def _check(button: JobButton, values: Mapping[str, Any]) -> None:
    errors: dict[str, list[str]] = {}
    if job := job_to_check(button, values):
        errors |= unfit(job, values.get("enabled", button.enabled), "is_job_button_receiver")
    errors |= _unreadable(values.get("text", button.text))
    if "content_types" in values:
        errors |= no_kinds(values["content_types"])
    if errors:
        raise InputsRefused(errors)


def job_to_check(row: Any, values: Mapping[str, Any]) -> Job | None:
    """The job that a button or hook shall have, where the edit says anything about that."""
    if not values.keys() & {"job", "enabled"}:
        return None
    given: Job | None = values.get("job")
    return given or (row.job if row.job_id else None)


def unfit(job: Job, enabled: bool, receives: str) -> dict[str, list[str]]:
    """What stands against starting this job by a button or a hook, by field."""
    if not getattr(job, receives):
        kind = "button" if receives == "is_job_button_receiver" else "hook"
        return {"job": [f"{job.name} is not made for job {kind}s: it is no job {kind} receiver."]}
    if enabled and not job.runnable:
        why = "enabled" if job.installed else "installed"
        return {"enabled": [f"{job.name} is not {why}, so this cannot be switched on."]}
    return {}


def no_kinds(kinds: Iterable[ContentType]) -> dict[str, list[str]]:
    """Whether a list of kinds of record is empty, by field."""
    return {} if list(kinds) else {"content_types": ["Choose at least one kind of record."]}


def _unreadable(text: str) -> dict[str, list[str]]:
    try:
        read(text or "")
    except TextBroken as error:
        return {"text": [str(error)]}
    return {}
