"""Find the job or run that somebody typed."""

import uuid
from typing import TypeVar

from django.db.models import Model, QuerySet

from jobsmith import policies
from jobsmith.errors import NotFound
from jobsmith.models import (
    ApprovalWorkflow,
    BlackoutCalendar,
    GitRepository,
    Job,
    JobButton,
    JobQueue,
    JobResult,
    JobWebhook,
    NotificationDelivery,
    NotificationRule,
    ScheduledJob,
    Tag,
)
from jobsmith.policies import Actor

M = TypeVar("M", bound=Model)


def find_job(text: str, *, user: Actor) -> Job:
    """By ``module.Class``, id or name, among the jobs the user may run; raises NotFound."""
    policies.require(user, "run", Job)
    rows = policies.jobs(user, "run")
    module, _, name = text.rpartition(".")
    found = rows.filter(module_name=module, job_class_name=name).first() or (
        rows.filter(pk=text).first() if _is_uuid(text) else rows.filter(name=text).first()
    )
    if found is None:
        raise NotFound(f"There is no job {text}. `jobsmith jobs` lists them.")
    return found


def find_repository(text: str, *, user: Actor, right: str) -> GitRepository:
    """By name, package or id, among those on which the user has the right; raises NotFound."""
    found = _by_name_or_id(GitRepository, text, user, right)
    found = found or policies.scoped(GitRepository, user, right).filter(slug=text).first()
    if found is None:
        raise NotFound(f"There is no repository {text}. `jobsmith repositories list` lists them.")
    return found


def find_tag(text: str, *, user: Actor) -> Tag:
    """By name or id, among those that the user may see; raises NotFound."""
    found = _by_name_or_id(Tag, text, user, "view")
    if found is None:
        raise NotFound(f"There is no tag {text}.")
    return found


def find_queue(text: str, *, user: Actor, right: str) -> JobQueue:
    """By name or id, among those on which the user has the right; raises NotFound."""
    found = _by_name_or_id(JobQueue, text, user, right)
    if found is None:
        raise NotFound(f"There is no queue {text}. `jobsmith queues list` lists them.")
    return found


def find_schedule(text: str, *, user: Actor, right: str) -> ScheduledJob:
    """By name or id, among those on which the user has the right; raises NotFound."""
    found = _by_name_or_id(ScheduledJob, text, user, right)
    if found is None:
        raise NotFound(f"There is no schedule {text}. `jobsmith schedules list` lists them.")
    return found


def find_calendar(text: str, *, user: Actor, right: str) -> BlackoutCalendar:
    """By name or id, among those on which the user has the right; raises NotFound."""
    found = _by_name_or_id(BlackoutCalendar, text, user, right)
    if found is None:
        raise NotFound(f"There is no calendar {text}. `jobsmith blackouts list` lists them.")
    return found


def find_rule(text: str, *, user: Actor, right: str) -> NotificationRule:
    """By name or id, among those on which the user has the right; raises NotFound."""
    found = _by_name_or_id(NotificationRule, text, user, right)
    if found is None:
        raise NotFound(f"There is no notification rule {text}.")
    return found


def find_delivery(text: str, *, user: Actor) -> NotificationDelivery:
    """By id, among those of rules that the user may change; raises NotFound."""
    policies.require(user, "change", NotificationRule)
    rows = policies.deliveries(user, "change").select_related("rule")
    found = rows.filter(pk=text).first() if _is_uuid(text) else None
    if found is None:
        raise NotFound(f"There is no message {text}.")
    return found


def find_button(text: str, *, user: Actor) -> JobButton:
    """By name or id, among those that the user may press; raises NotFound."""
    policies.require(user, "run", Job)
    rows = policies.pressable(user)
    found = rows.filter(name=text).first()
    if found is None and _is_uuid(text):
        found = rows.filter(pk=text).first()
    if found is None:
        raise NotFound(f"There is no button {text} that you may press.")
    return found


def find_webhook(text: str, *, user: Actor, right: str) -> JobWebhook:
    """By name or id, among those on which the user has the right; raises NotFound."""
    found = _by_name_or_id(JobWebhook, text, user, right)
    if found is None:
        raise NotFound(f"There is no webhook {text}. `jobsmith webhooks list` lists them.")
    return found


def _by_name_or_id(model: type[M], text: str, user: Actor, right: str) -> M | None:
    policies.require(user, right, model)
    rows = policies.scoped(model, user, right)
    found = rows.filter(name=text).first()
    if found is None and _is_uuid(text):
        found = rows.filter(pk=text).first()
    return found


def find_approval(text: str, *, user: Actor, by_name: bool = False) -> ApprovalWorkflow:
    """By id or the id of its scheduled job; by name only to look, as names are free to choose.

    Raises NotFound.
    """
    rows = policies.requests(user).order_by("-created")
    found = None
    if _is_uuid(text):
        of_job = rows.filter(object_under_review_object_id=text)
        found = rows.filter(pk=text).first() or of_job.first()
    elif by_name:
        found = rows.filter(name=text).first()
    if found is None:
        raise NotFound(f"There is no request {text}. `jobsmith approvals list` lists them.")
    return found


def find_result(text: str, *, user: Actor) -> JobResult:
    """By id, by the beginning of an id, or ``last``; raises NotFound, also when it is not one."""
    policies.require(user, "view", JobResult)
    rows = policies.results(user)
    found = list(rows[:1] if text == "last" else _by_beginning(rows, text)[:2])
    if len(found) != 1:
        several = "Several runs begin with" if found else "There is no run"
        raise NotFound(f"{several} {text}. `jobsmith runs` lists them.")
    return found[0]


def _by_beginning(rows: QuerySet[JobResult], text: str) -> QuerySet[JobResult]:
    if _is_uuid(text):
        return rows.filter(pk=text)
    digits = text.replace("-", "").lower()
    if not digits or set(digits) - set("0123456789abcdef"):
        return rows.none()
    lowest, highest = digits.ljust(32, "0"), digits.ljust(32, "f")
    if len(lowest) > 32:
        return rows.none()
    return rows.filter(pk__gte=uuid.UUID(lowest), pk__lte=uuid.UUID(highest))


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
