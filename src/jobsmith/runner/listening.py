"""Which workers take runs now."""

from django.utils import timezone

from jobsmith.conf import conf
from jobsmith.models import Worker, WorkerQuerySet
from jobsmith.models.worker import SILENCE
from jobsmith.processes.liveness import is_held, lock_path


def listening_workers(among: WorkerQuerySet | None = None) -> list[Worker]:
    """Workers that have beaten lately; where none has, those of this machine that live.

    While a job holds SQLite's one write lock no worker can beat, and yet all of them are there.
    ``among`` are those that somebody may see; None means all.
    """
    rows = Worker.objects.all() if among is None else among
    workers = list(
        rows.filter(kind=Worker.Kind.WORKER, draining=False, outdated="", stopped_at=None)
    )
    since = timezone.now() - SILENCE
    return [each for each in workers if each.beat_at > since] or [
        each for each in workers if is_held(lock_path(conf().home, each.pk))
    ]
