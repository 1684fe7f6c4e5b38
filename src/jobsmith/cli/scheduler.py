"""``jobsmith scheduler``: the clock, and the rescue of runs whose worker is gone."""

import click

from jobsmith.scheduler.loop import run_scheduler

from .preparing import refuse_broken_settings
from .stopping import StopSignals


def serve() -> int:
    """Run until SIGTERM or Ctrl-C."""
    stop = StopSignals()
    return run_scheduler(stop=lambda: stop.count > 0)


@click.command()
def scheduler() -> None:
    """Watch the clock until SIGTERM or Ctrl-C; any number of schedulers may run."""
    refuse_broken_settings()
    raise SystemExit(serve())
