"""How busy queues are, as every door tells it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q

from jobsmith import policies
from jobsmith.engines import listening_workers
from jobsmith.lifecycle import Status
from jobsmith.models import JobQueue, JobResult, Worker
from jobsmith.policies import Actor

MOST_RUNS, MOST_ENDED = 1000, 50
WAITING, RUNNING = Status.PENDING.value, Status.STARTED.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """A worker that lives, and how many of its slots are taken."""

    worker: Worker
    busy: int

    @property
    def takes(self) -> bool:
        """Whether it takes runs."""
        return not self.worker.draining and not self.worker.outdated


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is going on in a queue, as far as the viewer may see its runs."""

    waiting: int
    running: int
    oldest: datetime | None
    """When the run was asked for that has waited for the longest time."""
    workers: list[Busy]
    """Those that live, whether they take runs or not."""

    @property
    def listening(self) -> int:
        """Workers that take runs."""
        return sum(each.takes for each in self.workers)

    @property
    def slots(self) -> int:
        """Runs that they can take at once."""
        return sum(each.worker.slots for each in self.workers if each.takes)

    @property
    def busy(self) -> int:
        """Of these slots so many are taken."""
        return sum(each.busy for each in self.workers if each.takes)


def loads(queues: Sequence[JobQueue], user: Actor) -> dict[Any, Load]:
    """By the key of the queue; a few queries, however many queues."""
    counts = _counts(queues, user)
    workers = living(user)
    nothing: tuple[int, None] = (0, None)
    return {
        each.pk: Load(
            waiting=counts.get((each.pk, WAITING), nothing)[0],
            running=counts.get((each.pk, RUNNING), nothing)[0],
            oldest=counts.get((each.pk, WAITING), nothing)[1],
            workers=[one for one in workers if each.name in one.worker.queues],
        )
        for each in queues
    }


def living(user: Actor) -> list[Busy]:
    """All workers that live, by name."""
    rows = policies.workers(user).order_by("name")
    resting = rows.alive().filter(Q(draining=True) | ~Q(outdated=""), kind=Worker.Kind.WORKER)
    found = sorted((*listening_workers(rows), *resting), key=lambda each: each.name)
    busy = policies.busy_slots(user)
    return [Busy(worker=each, busy=busy.get(each.pk, 0)) for each in found]


def with_ended(user: Actor) -> list[Busy]:
    """The same, and those that have ended lately behind them, the latest first."""
    alive = living(user)
    known = {each.worker.pk for each in alive}
    rows = policies.workers(user).filter(kind=Worker.Kind.WORKER).exclude(pk__in=known)
    return [*alive, *(Busy(worker=each, busy=0) for each in rows.order_by("-beat_at")[:MOST_ENDED])]


def runs_of_workers(user: Actor) -> dict[Any, list[JobResult]]:
    """By worker, the runs that go on and that the viewer may see, the oldest first."""
    found: dict[Any, list[JobResult]] = defaultdict(list)
    rows = policies.results(user).filter(status=RUNNING).order_by("date_started")
    for run in rows.only("pk", "name", "worker_id", "date_started")[:MOST_RUNS]:
        found[run.worker_id].append(run)
    return found


def _counts(
    queues: Iterable[JobQueue], user: Actor
) -> dict[tuple[Any, str], tuple[int, datetime | None]]:
    runs = policies.results(user).filter(status__in=(WAITING, RUNNING), job_queue__in=list(queues))
    rows = runs.order_by().values_list("job_queue", "status")
    counted = rows.annotate(Count("pk"), Min("date_created"))
    return {(queue, status): (count, oldest) for queue, status, count, oldest in counted}
