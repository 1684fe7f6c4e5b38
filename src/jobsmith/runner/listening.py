"""Which workers take runs now."""

from jobsmith.conf import conf
from jobsmith.models import Worker
from jobsmith.processes.liveness import is_held, lock_path


def listening_workers() -> list[Worker]:
    """Workers that have beaten lately; where none has, those of this machine that live.

    While a job holds SQLite's one write lock no worker can beat, and yet all of them are there.
    """
    workers = Worker.objects.filter(kind=Worker.Kind.WORKER, draining=False)
    return list(workers.alive()) or [
        each for each in workers.filter(stopped_at=None) if is_held(lock_path(conf().home, each.pk))
    ]
