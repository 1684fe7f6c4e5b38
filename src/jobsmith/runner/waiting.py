"""Says of every run that waits why it does, in one sentence."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Now

from jobsmith.lifecycle import Status
from jobsmith.models import Job, JobQueue, JobResult, Worker
from jobsmith.sources.installing import INSTALLING

from . import reasons, slots
from .closing import with_late
from .listening import listening_workers
from .turns import with_ahead

MOST = 200
"""Sentences written in one go; the rest follows with the next."""

_FACTS = (
    *("job_queue_id", "job_model_id", "source", "source_key", "source_digest", "priority"),
    *("concurrency_key", "waiting_reason", "ahead", "late", "place", "limited"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Surroundings:
    """What decides whether a run can be taken."""

    workers: list[Worker]
    resting: list[Worker]
    """Those that live, and take nothing."""
    queues: dict[UUID, JobQueue]
    busy_singletons: dict[UUID, UUID]
    """By job, the run of it that goes on."""
    limited: dict[UUID, Job]
    """Jobs that have a limit."""
    holders: dict[slots.Group, list[slots.Holder]]
    busy: Counter[UUID]
    """Runs by worker."""
    waiting: list[tuple[UUID, int, int]]
    """Queue, priority, and how many due runs have them."""


def due() -> QuerySet[JobResult]:
    """Runs that wait and need not wait for a time."""
    waiting = JobResult.objects.filter(status=Status.PENDING.value)
    return waiting.filter(Q(not_before=None) | Q(not_before__lte=Now()))


def explain() -> int:
    """Write why runs wait, and take back what no longer holds; how many rows changed.

    Anybody may call it at any time: runs that wait for the same thing are told in one update,
    which leaves out those that were taken meanwhile.
    """
    return _explain_due() + _explain_later()


def _explain_due() -> int:
    ours = _with_facts(due()).filter(_is_ours())
    alike = list(ours.order_by().values(*_FACTS).distinct())
    if not alike:
        return 0
    around = _look_around(alike)
    told = ((facts, _reason(facts, around)) for facts in alike)
    fresh = [(facts, reason) for facts, reason in told if reason != facts["waiting_reason"]]
    rows = _with_facts(due())
    return sum(rows.filter(**facts).update(waiting_reason=said) for facts, said in fresh[:MOST])


def _with_facts(rows: QuerySet[JobResult]) -> QuerySet[JobResult]:
    return slots.with_place(with_late(with_ahead(rows)))


def _explain_later() -> int:
    """Those whose time has not come."""
    later = JobResult.objects.filter(status=Status.PENDING.value, not_before__gt=Now())
    names = ("not_before", "waiting_reason", "attempt", "max_retries")
    alike = later.filter(_is_ours()).order_by().values(*names).distinct()
    told = [(facts, _later(facts)) for facts in map(dict[str, Any], alike)]
    fresh = [(facts, reason) for facts, reason in told if reason != facts["waiting_reason"]]
    return sum(later.filter(**facts).update(waiting_reason=said) for facts, said in fresh[:MOST])


def _later(facts: Mapping[str, Any]) -> str:
    moment, number = facts["not_before"], facts["attempt"] + 1
    if number == 1:
        return reasons.not_before(moment)
    return reasons.next_attempt(number, facts["max_retries"] + 1, moment)


def _is_ours() -> Q:
    heads = (Q(waiting_reason__startswith=each) for each in reasons.HEADS)
    return reduce(or_, heads, Q(waiting_reason=""))


def _look_around(alike: list[dict[str, Any]]) -> _Surroundings:
    jobs = {facts["job_model_id"] for facts in alike}
    started = JobResult.objects.filter(status=Status.STARTED.value).order_by()
    held = started.filter(job_model__in=Job.objects.filter(pk__in=jobs, is_singleton=True))
    living = Worker.objects.alive().filter(kind=Worker.Kind.WORKER)
    limited = Job.objects.filter(pk__in=jobs, concurrency_limit__gt=0).in_bulk()
    counted = due().order_by().values_list("job_queue_id", "priority")
    return _Surroundings(
        workers=listening_workers(),
        resting=list(living.filter(Q(draining=True) | ~Q(outdated=""))),
        queues=JobQueue.objects.in_bulk({facts["job_queue_id"] for facts in alike}),
        busy_singletons=dict(held.values_list("job_model_id", "pk")),
        limited=limited,
        holders=slots.holders(limited) if limited else {},
        busy=Counter(dict(started.values_list("worker_id").annotate(Count("pk")))),
        waiting=list(counted.annotate(Count("pk"))),
    )


def _reason(facts: Mapping[str, Any], around: _Surroundings) -> str:
    queue = around.queues.get(facts["job_queue_id"])
    if queue is not None and queue.state == JobQueue.State.PAUSED:
        return reasons.paused(queue.state_by, queue.state_since)
    if queue is not None and facts["late"]:
        return reasons.drained(queue.state_by, queue.state_since)
    workers = _on(queue, around.workers)
    if not workers:
        return _unheard(_on(queue, around.resting))
    if facts["source"] == Job.SourceKind.PLUGIN and not _is_loaded(facts, workers):
        return reasons.NO_CODE
    if facts["ahead"]:
        return reasons.in_turn(facts["ahead"])
    if holder := around.busy_singletons.get(facts["job_model_id"]):
        return reasons.singleton(holder)
    return _limited(facts, around) or _busy(facts, workers, around)


def _unheard(resting: list[Worker]) -> str:
    """Nobody takes it."""
    if any(each.outdated for each in resting):
        return reasons.OUTDATED
    return reasons.DRAINING if resting else reasons.NO_WORKER


def _limited(facts: Mapping[str, Any], around: _Surroundings) -> str:
    job = around.limited.get(facts["job_model_id"])
    if job is None or not facts["limited"]:
        return ""
    holders = around.holders.get((job.pk, facts["concurrency_key"]), ())
    before = [each.run for each in holders if each.is_before(facts["place"])]
    full = len(before) >= job.concurrency_limit
    return reasons.limited(job.concurrency_limit, job.concurrency_key, before) if full else ""


def _busy(facts: Mapping[str, Any], workers: list[Worker], around: _Surroundings) -> str:
    many = sum(each.slots for each in workers)
    if sum(around.busy[each.pk] for each in workers) < many:
        return INSTALLING if facts["waiting_reason"] == INSTALLING else reasons.SOON
    return reasons.busy(many, _ahead(facts, around))


def _on(queue: JobQueue | None, workers: Iterable[Worker]) -> list[Worker]:
    return [each for each in workers if queue is not None and queue.name in each.queues]


def _ahead(facts: Mapping[str, Any], around: _Surroundings) -> int:
    queue, priority = facts["job_queue_id"], facts["priority"]
    return sum(count for where, each, count in around.waiting if where == queue and each > priority)


def _is_loaded(facts: Mapping[str, Any], workers: Iterable[Worker]) -> bool:
    """Whether one of the workers has just that version of an installed package."""
    key, digest = facts["source_key"], facts["source_digest"]
    return any(worker.packages.get(key) == digest for worker in workers)
