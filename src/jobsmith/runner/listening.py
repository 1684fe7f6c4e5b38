"""Which workers take runs now."""

from jobsmith.conf import conf
from jobsmith.models import Worker, WorkerQuerySet
from jobsmith.processes.liveness import is_held, lock_path


def listening_workers(among: WorkerQuerySet | None = None) -> list[Worker]:
    """Workers that have beaten lately; where none has, those of this machine that live.

    While a job holds SQLite's one write lock no worker can beat, and yet all of them are there.
    ``among`` are those that somebody may see; None means all.
    """
    rows = Worker.objects.all() if among is None else among
    workers = rows.filter(kind=Worker.Kind.WORKER, draining=False)
    return list(workers.alive()) or [
        each for each in workers.filter(stopped_at=None) if is_held(lock_path(conf().home, each.pk))
    ]
