"""What dead workers of this machine left in the home folder."""

from jobsmith.runner.rescue import forget_dead_workers

from . import doorbell


def tidy() -> None:
    """Remove lock files and bells that belong to no living worker."""
    for worker_id in forget_dead_workers():
        doorbell.take_down(worker_id)
    doorbell.take_down_stale()
