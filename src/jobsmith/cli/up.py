"""``jobsmith up``: everything that serves jobs, in one terminal and with one Ctrl-C."""

import gc
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import click
from django.db import connections

from jobsmith.conf import conf
from jobsmith.sources.packages import loaded_digests
from jobsmith.sources.watch import FolderWatch

from . import platforms, preparing, scheduler, web, worker
from .fleet import Fleet, Role
from .listening import address_of, advice, bind
from .one_home import claim
from .printing import Printer


@click.command()
@click.option("--host", envvar="HOST", default="127.0.0.1", show_default=True)
@click.option(
    "--port", envvar="PORT", type=click.IntRange(0, 65535), default=8000, show_default=True
)
def up(host: str, port: int) -> None:
    """Serve everything on one terminal; Ctrl-C ends all of it.

    Migrates the database, makes the first administrator, and then runs web, worker and
    scheduler. A change in the folder of jobs is seen within seconds.
    """
    held = claim(conf().home)
    listener = bind(host, port)
    printer = Printer()
    for sentence in (*platforms.warnings(), *advice(host), *_where_jobs_lie()):
        printer.line("up", sentence)
    synced = preparing.prepare()
    _share_what_is_loaded()
    fleet = Fleet(printer)
    fleet.start(_roles(listener))
    if not synced:
        fleet.add(_SYNC)
    printer.line("up", f"Jobsmith serves {address_of(listener)}  (Ctrl-C stops everything)")
    fleet.watch(_folder_follower(fleet))
    printer.line("up", "Stopping: running jobs end now, waiting ones stay.")
    fleet.stop()
    printer.line("up", "Stopped.")
    held.close()


def _where_jobs_lie() -> list[str]:
    root = conf().jobs_root
    return [f"Jobs come from {root}"] if root else []


_SYNC = Role(name="sync", run=preparing.sync, lasts=False)
_SYNC_FOLDER = Role(name="sync", run=preparing.sync_the_folder, lasts=False)


def _roles(listener: socket.socket) -> tuple[Role, ...]:
    return (
        Role(name="web", run=partial(web.serve, listener)),
        Role(name="worker", run=partial(_without(listener), worker.serve_until_told)),
        Role(name="scheduler", run=partial(_without(listener), scheduler.serve)),
    )


def _without(listener: socket.socket) -> Callable[[Callable[[], int]], int]:
    """Run something in a child that must not keep the port: a job could outlive the server."""

    def run(serve: Callable[[], int]) -> int:
        listener.close()
        return serve()

    return run


def _share_what_is_loaded() -> None:
    """Load once what the children need, so that they share its memory pages.

    A worker that is started again later has the code that was loaded here, whatever the files
    then say; hence the digests are taken here, too.
    """
    web.load()
    loaded_digests()
    connections.close_all()
    gc.collect()
    gc.freeze()


def _folder_follower(fleet: Fleet) -> Callable[[], None]:
    root = conf().jobs_root
    return _FolderFollower(fleet, root).look if root else lambda: None


@dataclass(slots=True)
class _FolderFollower:
    """Syncs in a child when the folder of jobs changes; one sync at a time."""

    fleet: Fleet
    root: Path
    due: bool = False
    next_look: float = 0
    folder: FolderWatch = field(init=False)

    def __post_init__(self) -> None:
        self.folder = FolderWatch(self.root)

    def look(self) -> None:
        """Called at every turn of the parent."""
        if time.monotonic() < self.next_look:
            return
        self.due = self.folder.changed() or self.due
        self.next_look = time.monotonic() + self.folder.pause
        if self.due and not self.fleet.has(_SYNC.name):
            self.due = False
            self.fleet.add(_SYNC_FOLDER)
