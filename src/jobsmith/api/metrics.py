"""What a monitoring system asks for, in the text format of Prometheus.

Numbers are about what the asker may see, like everything else at this door.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Min, Q
from django.db.models.functions import Coalesce, Now
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

from jobsmith import __version__, policies
from jobsmith.engines import listening_workers
from jobsmith.lifecycle import FINAL, Status
from jobsmith.models import ScheduledJob
from jobsmith.policies import Actor

RECENT = timedelta(minutes=5)
LATE = timedelta(minutes=1)
_IS_DUE = Q(not_before=None) | Q(not_before__lte=Now())


@dataclass(frozen=True, slots=True)
class _Seen:
    """Collects for one asker, and is thrown away."""

    user: Actor

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """All families; an empty one says that there is nothing to count."""
        yield _family("info", "The version that runs.", ("version",), [((__version__,), 1)])
        yield from _unfinished(self.user)
        yield _ended(self.user)
        yield from _workers(self.user)
        yield _late_schedules(self.user)
        problems = policies.problems(self.user).count()
        yield _family("source_problems", "Findings in sources of jobs.", (), [((), problems)])


def metrics_text(user: Actor) -> bytes:
    """All numbers that this user may know."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Seen(user))
    return generate_latest(registry)


def _family(
    name: str, said: str, labels: Iterable[str], values: Iterable[tuple[tuple[str, ...], float]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"jobsmith_{name}", said, labels=tuple(labels))
    for label_values, value in values:
        family.add_metric(label_values, value)
    return family


def _unfinished(user: Actor) -> Iterator[GaugeMetricFamily]:
    """By queue: a queue that nobody takes from shows here first."""
    runs = policies.results(user).exclude(status__in=[each.value for each in FINAL]).order_by()
    rows: Any = runs.values_list("job_queue__name", "status").annotate(
        Count("pk"), since=Min(Coalesce("not_before", "date_created"), filter=_IS_DUE)
    )
    found = list(rows)
    counts = [((queue or "", status), count) for queue, status, count, _ in found]
    yield _family("runs", "Runs that wait or go on.", ("queue", "status"), counts)
    waits = [
        ((queue or "",), (timezone.now() - since).total_seconds())
        for queue, status, _, since in found
        if status == Status.PENDING and since is not None
    ]
    yield _family("oldest_waiting_seconds", "Age of the oldest waiting run.", ("queue",), waits)


def _ended(user: Actor) -> GaugeMetricFamily:
    runs = policies.results(user).filter(date_done__gte=timezone.now() - RECENT).order_by()
    rows: Any = runs.values_list("status", "cause").annotate(Count("pk"))
    counts = [((status, cause), count) for status, cause, count in rows]
    return _family(
        "runs_ended_recently", "Runs that ended in 5 minutes.", ("status", "cause"), counts
    )


def _workers(user: Actor) -> Iterator[GaugeMetricFamily]:
    workers = listening_workers(policies.workers(user))
    by_worker = policies.busy_slots(user)
    busy = sum(by_worker.get(each.pk, 0) for each in workers)
    yield _family("workers", "Workers that take runs.", (), [((), len(workers))])
    slots = sum(each.slots for each in workers)
    yield _family("slots", "Runs they can take at once.", (), [((), slots)])
    yield _family("slots_busy", "Runs they have.", (), [((), busy)])


def _late_schedules(user: Actor) -> GaugeMetricFamily:
    late = policies.viewable(ScheduledJob, user).filter(
        enabled=True,
        state=ScheduledJob.State.ACTIVE,
        next_due_at__lt=timezone.now() - LATE,
    )
    said = "Schedules whose due time passed a minute ago or more, and nothing has come of it."
    return _family("schedules_late", said, (), [((), late.count())])
