"""The processes of a site, forked from one that has loaded everything, and started again at once.

``python -m tests.chaos.crew FOLDER`` prepares an empty database and starts a web server, two
workers, two schedulers and a host that changes records. The second worker has a home of its own,
as on another machine: nobody sees its lock there, so only its lease tells of its life. Each
process leaves its number in ``FOLDER/pids``, and works with the bug that ``FOLDER/bug`` names.
"""

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import django

WEB, WORKERS, SCHEDULERS, HOST = "web", ("worker-a", "worker-b"), ("clock-a", "clock-b"), "host"
ROLES = (WEB, *WORKERS, *SCHEDULERS, HOST)


def main(folder: Path) -> None:
    """Prepare, and keep everything running until told to stop."""
    django.setup()
    from jobsmith.cli import fleet, preparing, up, web
    from jobsmith.cli.listening import bind
    from jobsmith.cli.printing import Printer
    from jobsmith.engines import engine

    fleet.FIRST_PAUSE = fleet.LONGEST_PAUSE = 0.1
    preparing.prepare()
    prepare(folder)
    listener = bind("127.0.0.1", int(os.environ["PORT"]))
    up._share_what_is_loaded()
    engine()
    crew = fleet.Fleet(Printer())
    away = up._without(listener)
    crew.start(
        (
            _role(folder, WEB, partial(web.serve, listener)),
            *(_role(folder, name, partial(away, partial(work, name))) for name in WORKERS),
            *(_role(folder, name, partial(away, tick)) for name in SCHEDULERS),
            _role(folder, HOST, partial(away, partial(change, folder))),
        )
    )
    (folder / "ready").touch()
    crew.watch(lambda: None)
    crew.stop()


def _role(folder: Path, name: str, run: Callable[[], int]) -> "object":
    from jobsmith.cli.fleet import Role

    def start() -> int:
        from . import bugs

        draft = folder / "pids" / f".{name}"
        draft.write_text(str(os.getpid()))
        draft.rename(folder / "pids" / name)
        if bug := (folder / "bug").read_text():
            bugs.plant(bug)
        return run()

    return Role(name=name, run=start)


def prepare(folder: Path) -> None:
    """The records of the site: a token, jobs, and a hook."""
    from django.contrib.auth import get_user_model
    from django.contrib.contenttypes.models import ContentType

    from jobsmith.actions.sync_jobs import sync_jobs
    from jobsmith.actions.tokens import create_token
    from jobsmith.models import Job, JobHook
    from jobsmith_server.inventory.models import Site

    sync_jobs()
    Job.objects.update(enabled=True)
    jobs = {each.job_class_name: each for each in Job.objects.all()}
    hook = JobHook.objects.create(name="hear", job=jobs["Hear"], type_create=True)
    hook.content_types.add(ContentType.objects.get_for_model(Site))
    _, token = create_token(get_user_model().objects.get())
    (folder / "token").write_text(f"{token} {jobs['Note'].pk}")


def work(name: str) -> int:
    """A worker; all but the first are elsewhere."""
    from django.conf import settings

    from jobsmith.cli.worker import _serve
    from jobsmith.conf import conf
    from jobsmith.engines.base import StopMode

    if name != WORKERS[0]:
        settings.JOBSMITH["HOME"] = os.environ["JOBSMITH_HOME"] = str(conf().home) + "-" + name
        conf.cache_clear()
        conf().home.mkdir(exist_ok=True)
    from jobsmith.cli.stopping import StopSignals

    stop = StopSignals()
    modes = (StopMode.GO_ON, StopMode.DRAIN, StopMode.NOW)
    return _serve((), 0, "", lambda: modes[min(stop.count, 2)])


def tick() -> int:
    """A scheduler."""
    from jobsmith.cli import scheduler

    return scheduler.serve()


def change(folder: Path) -> int:
    """A host: makes the records and schedules that files ask for, and notes what is committed."""
    import time

    from django.db import Error, close_old_connections

    from . import journal

    while True:
        for path in sorted((folder / "asks").glob("*")):
            kind, _, number = path.name.rpartition("-")
            close_old_connections()
            try:
                _make(kind, int(number), path.read_text())
            except Error as error:
                print(f"{path.name} was not made: {error}")
                continue
            journal.append(folder / "made", kind, number)
            path.unlink()
        time.sleep(0.05)


def _make(kind: str, number: int, seconds: str) -> None:
    from django.contrib.auth import get_user_model

    from jobsmith.actions.transactions import database_now
    from jobsmith.models import Job, ScheduledJob
    from jobsmith_server.inventory.models import Site

    if kind == "change":
        Site.objects.get_or_create(name=f"change-{number}")
        return
    job, due = Job.objects.get(job_class_name="Note"), database_now()
    ScheduledJob.objects.get_or_create(
        name=f"once-{number}",
        defaults={
            "job_model": job,
            "task": job.class_path,
            "user": get_user_model().objects.get(),
            "interval": "future",
            "one_off": True,
            "start_time": due,
            "next_due_at": due,
            "kwargs": {"number": number, "seconds": float(seconds)},
        },
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
