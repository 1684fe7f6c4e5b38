"""Why runs wait, in one sentence each, where they do not just wait for a free slot."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from jobsmith.lifecycle import Status
from jobsmith.models import Job, JobQueue, JobResult, Worker

from .listening import listening_workers

NO_WORKER = "No worker is listening on the queue of this run."
SINGLETON = "Another run of this job is going on, and only one may at a time."
NO_CODE = "No worker has the code that this run recorded: restart the workers, or run it anew."
SENTENCES = (NO_WORKER, SINGLETON, NO_CODE)
"""Only these are written and taken back here."""

_FACTS = (
    *("job_queue_id", "job_model_id", "source", "source_key", "source_digest"),
    "waiting_reason",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Surroundings:
    """What decides whether a run can be taken."""

    workers: list[Worker]
    queues: dict[UUID, str]
    busy_singletons: set[UUID]


def due() -> QuerySet[JobResult]:
    """Runs that wait and need not wait for a time."""
    waiting = JobResult.objects.filter(status=Status.PENDING.value)
    return waiting.filter(Q(not_before=None) | Q(not_before__lte=timezone.now()))


def explain() -> int:
    """Write why due runs wait, and take back what no longer holds; how many rows changed.

    Anybody may call it at any time: runs that wait for the same thing are told in one update,
    which leaves out those that were taken meanwhile.
    """
    ours = due().filter(waiting_reason__in=("", *SENTENCES))
    alike = list(ours.order_by().values(*_FACTS).distinct())
    if not alike:
        return 0
    around = _look_around(alike)
    changed = 0
    for facts in alike:
        reason = _reason(facts, around)
        if reason != facts["waiting_reason"]:
            changed += due().filter(**facts).update(waiting_reason=reason)
    return changed


def _look_around(alike: list[dict[str, Any]]) -> _Surroundings:
    jobs = {facts["job_model_id"] for facts in alike}
    started = JobResult.objects.filter(status=Status.STARTED.value).order_by()
    busy = started.filter(job_model__in=Job.objects.filter(pk__in=jobs, is_singleton=True))
    return _Surroundings(
        workers=listening_workers(),
        queues=dict(JobQueue.objects.values_list("pk", "name")),
        busy_singletons=set(busy.values_list("job_model_id", flat=True)),
    )


def _reason(facts: Mapping[str, Any], around: _Surroundings) -> str:
    queue = around.queues.get(facts["job_queue_id"])
    workers = [each for each in around.workers if queue in each.queues]
    if not workers:
        return NO_WORKER
    if facts["source"] == Job.SourceKind.PLUGIN and not _is_loaded(facts, workers):
        return NO_CODE
    if facts["job_model_id"] in around.busy_singletons:
        return SINGLETON
    return ""


def _is_loaded(facts: Mapping[str, Any], workers: Iterable[Worker]) -> bool:
    """Whether one of the workers has just that version of an installed package."""
    key, digest = facts["source_key"], facts["source_digest"]
    return any(worker.packages.get(key) == digest for worker in workers)
