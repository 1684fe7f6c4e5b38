"""What job hooks cost under a storm, on a throw-away home folder; prints JSON.

python benchmarks/hooks.py [--changes 10000]     DATABASE_URL names another database than SQLite
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HOME = Path(tempfile.mkdtemp(prefix="jobsmith-bench-"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jobsmith_server.settings.base")
os.environ["JOBSMITH_HOME"] = str(HOME)
os.environ["JOBSMITH_SYNC_ON_MIGRATE"] = "0"
os.environ.setdefault("JOBSMITH_SECRET_KEY", "benchmark-" + "x" * 40)
(HOME / "db").mkdir(parents=True)

import django  # noqa: E402

django.setup()

from django.contrib.contenttypes.models import ContentType  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402
from django.test.utils import setup_databases, teardown_databases  # noqa: E402

from jobsmith.actions.fire_hooks import fire_all  # noqa: E402
from jobsmith.audit import record_changes, record_created, silence  # noqa: E402
from jobsmith.audit.tracking import leave_to_the_run  # noqa: E402
from jobsmith.models import (  # noqa: E402
    HookFiring,
    Job,
    JobHook,
    JobQueue,
    JobResult,
    ObjectChange,
)
from jobsmith_server.inventory.models import Site  # noqa: E402


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--changes", type=int, default=10_000)
    count = parser.parse_args().changes
    made = setup_databases(0, interactive=False)
    try:
        print(json.dumps(_measured(count), indent=2))
    finally:
        teardown_databases(made, 0)


def _measured(count: int) -> dict[str, Any]:
    call_command("migrate", verbosity=0)
    hook = _hook()
    silence()  # all is left to the dispatcher, so that it can be measured
    told: dict[str, Any] = {"changes": count}
    told["saves_seconds"] = _timed(lambda: _saves("a", count))
    told["fire_saves_seconds"] = _timed(_fire)
    told["runs_of_saves"] = JobResult.objects.count()
    told["bulk_create_seconds"] = _timed(lambda: _bulk_create("b", count))
    told["fire_bulk_create_seconds"] = _timed(_fire)
    told["bulk_update_seconds"] = _timed(_bulk_update)
    told["bulk_updated"] = ObjectChange.objects.filter(action="update").count()
    told["fire_bulk_update_seconds"] = _timed(_fire)
    told["firings"] = HookFiring.objects.count()
    told["runs"] = JobResult.objects.count()
    told["without_run"] = HookFiring.objects.filter(job_result=None).count()
    hook.delete()
    told["saves_without_hooks_seconds"] = _timed(lambda: _saves("c", count))
    told["pass_by_seconds"] = _timed(_fire)
    leave_to_the_run()
    told["saves_untracked_seconds"] = _timed(lambda: _saves("d", count))
    return told


def _hook() -> JobHook:
    queue, _ = JobQueue.objects.get_or_create(name="default")
    job = Job.objects.create(
        module_name="bench",
        job_class_name="Answer",
        name="Answer",
        enabled=True,
        is_job_hook_receiver=True,
        default_job_queue=queue,
        declared={
            "module_name": "bench",
            "job_class_name": "Answer",
            "name": "Answer",
            "grouping": "Bench",
            "variables": [{"name": "object_change", "type": "ObjectVar"}],
        },
    )
    hook = JobHook.objects.create(name="all", job=job, type_create=True, type_update=True)
    hook.content_types.add(ContentType.objects.get_for_model(Site))
    return hook


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return round(time.perf_counter() - began, 2)


def _saves(word: str, count: int) -> None:
    with transaction.atomic():
        for number in range(count):
            Site.objects.create(name=f"{word}{number}")


def _bulk_create(word: str, count: int) -> None:
    with transaction.atomic():
        rows = [Site(name=f"{word}{number}") for number in range(count)]
        record_created(Site.objects.bulk_create(rows))


def _bulk_update() -> None:
    rows = Site.objects.filter(name__startswith="b")
    with record_changes(rows):
        rows.update(city="Oslo")


def _fire() -> None:
    while fire_all():
        pass


if __name__ == "__main__":
    main()
