"""Mistakes that an engine could have. The suite is worth as much as it finds of them.

Each is planted into a process of a site before that begins to work; none is near the source.
"""

from collections.abc import Callable
from typing import Any

BUGS: dict[str, Callable[[], None]] = {}


def bug(make: Callable[[], None]) -> Callable[[], None]:
    """One of them, under the name of the function."""
    BUGS[make.__name__] = make
    return make


def plant(name: str) -> None:
    """Have it in this process."""
    BUGS[name]()


@bug
def claims_without_comparing() -> None:
    """A worker takes what it has seen, whoever has taken it meanwhile."""
    from django.db.models.functions import Now
    from django.utils import timezone

    from jobsmith.models import JobResult
    from jobsmith.runner import claims

    def take(worker: Any, seen: Any, levels: Any) -> int:
        return JobResult.objects.filter(pk=seen.pk).update(
            status="STARTED",
            attempt=seen.attempt + 1,
            worker=worker.name,
            worker_id=worker.pk,
            lease_expires_at=Now() + claims.LEASE,
            date_started=timezone.now(),
            isolation=seen.isolation or "process",
        )

    claims._take = take


@bug
def looks_only_when_it_is_told() -> None:
    """Nobody looks for rows of which no hint has come."""
    from jobsmith.runner import supervisor

    supervisor.POLL_SECONDS = 3600.0


@bug
def rescues_without_comparing() -> None:
    """A run is ended as lost, whatever has become of it since it was looked at."""
    from django.utils import timezone

    from jobsmith.failpoints import failpoint
    from jobsmith.models import JobResult
    from jobsmith.runner import rescue

    def end(result: Any, held: bool | None) -> int:
        failpoint("rescue.found")
        ended = JobResult.objects.filter(pk=result.pk).update(
            status="FAILURE", cause="worker_lost", date_done=timezone.now()
        )
        failpoint("rescue.ended")
        return ended

    rescue._end = end


@bug
def ends_what_is_not_its_own() -> None:
    """A worker writes the end of a run that somebody else has ended meanwhile."""
    from jobsmith.models import JobResult
    from jobsmith.runner import claims, logs

    logs._ours = lambda run: JobResult.objects.filter(pk=run.result.pk)
    claims.look = lambda held: ({}, set())


@bug
def never_renews_its_lease() -> None:
    """A worker beats, and lets the leases of its runs run out."""
    from jobsmith.runner import claims

    renew = claims.renew
    claims.renew = lambda worker, held: renew(worker, [])


@bug
def runs_what_has_ended() -> None:
    """A late hint has a run taken that has come to its end."""
    from django.db.models import Q

    from jobsmith.models import JobResult
    from jobsmith.runner import claims

    claims_without_comparing()
    waiting = claims._claimable

    def claimable(worker: Any, queues: Any) -> Any:
        here = waiting(worker, queues).values("pk")
        again = Q(status="SUCCESS", name="Note", attempt=1)
        return JobResult.objects.filter(Q(pk__in=here) | again)

    claims._claimable = claimable


@bug
def fires_without_comparing() -> None:
    """Two clocks that see the same due time both start it."""
    from jobsmith.actions import start_due
    from jobsmith.models import DueTime

    class AnyDueTime:
        class objects:
            bulk_create = DueTime.objects.bulk_create

            @staticmethod
            def create(job_result: Any, **which: Any) -> None:
                DueTime.objects.get_or_create(**which, defaults={"job_result": job_result})

    start_due._take = lambda schedule, plan: True
    start_due.DueTime = AnyDueTime


@bug
def marks_before_it_fires() -> None:
    """A change counts as answered before what answers it is there."""
    from jobsmith.actions import fire_hooks
    from jobsmith.actions.transactions import changes
    from jobsmith.failpoints import failpoint
    from jobsmith.triggers import hooks

    def fire(limit: int = 500) -> int:
        with changes():
            taken = fire_hooks._take(limit)
            found = fire_hooks._events(taken, {})
            fire_hooks._mark(taken)
        if taken:
            failpoint("hooks.taken")
        with changes():
            fire_hooks._fire(list(fire_hooks._hooks()), found)
        return len(taken)

    fire_hooks.fire_hooks = hooks.fire_hooks = fire
