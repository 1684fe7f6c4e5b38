"""``jobsmith scheduler``: the clock, and the rescue of runs whose worker is gone."""

from pathlib import Path

import click

from jobsmith.conf import conf
from jobsmith.scheduler.loop import run_scheduler

from .preparing import refuse_broken_settings
from .stopping import StopSignals


def serve(root: Path | None = None) -> int:
    """Run until SIGTERM or Ctrl-C; follows the folder of jobs at ``root``."""
    stop = StopSignals()
    return run_scheduler(stop=lambda: stop.count > 0, root=root)


@click.command()
def scheduler() -> None:
    """Watch the clock and the folder of jobs until SIGTERM or Ctrl-C; any number may run."""
    refuse_broken_settings()
    raise SystemExit(serve(conf().jobs_root))
