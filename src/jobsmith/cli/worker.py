"""``jobsmith worker``: runs jobs from one or more queues."""

from collections.abc import Callable

import click

from jobsmith.conf import conf
from jobsmith.engines import engine
from jobsmith.engines.base import StopMode

from . import platforms
from .preparing import refuse_broken_settings
from .stopping import StopSignals


def serve_until_told() -> int:
    """The worker of ``jobsmith up``: the first request to stop ends its runs."""
    stop = StopSignals()
    return _serve((), 0, "", lambda: StopMode.NOW if stop.count else StopMode.GO_ON)


@click.command()
@click.option("--queue", "-q", "queues", multiple=True, help="Take runs from this queue only.")
@click.option("--slots", type=click.IntRange(min=1), help="How many runs at once.")
@click.option("--name", default="", help="A name for lists; default: host and process id.")
def worker(queues: tuple[str, ...], slots: int | None, name: str) -> None:
    """Run jobs until told to stop.

    SIGTERM or Ctrl-C lets running jobs finish for JOBSMITH_DRAIN_SECONDS; a second one ends
    them. Waiting runs stay for other workers.
    """
    refuse_broken_settings()
    for sentence in platforms.warnings():
        click.echo(f"jobsmith: {sentence}", err=True)
    stop = StopSignals()
    modes = (StopMode.GO_ON, StopMode.DRAIN, StopMode.NOW)
    raise SystemExit(_serve(queues, slots or 0, name, lambda: modes[min(stop.count, 2)]))


def _serve(queues: tuple[str, ...], slots: int, name: str, stop: Callable[[], StopMode]) -> int:
    return engine().run_worker(
        queues=queues or (conf().default_queue,),
        slots=slots or conf().slots,
        name=name,
        stop=stop,
    )
