"""Delete a million old runs on PostgreSQL while others are started.

DATABASE_URL=postgres://… python benchmarks/lists.py seed [--results 1000000] [--logs 2000000]
DATABASE_URL=postgres://… python benchmarks/retention.py

Prints JSON: runs deleted and left, seconds, peak memory of the process that deletes (MiB), and
how long starting a run took meanwhile, beside how long it took before (milliseconds).
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jobsmith_server.settings.base")
os.environ.setdefault("JOBSMITH_HOME", tempfile.mkdtemp(prefix="jobsmith-bench-"))
os.environ.setdefault("JOBSMITH_ACCEPT_WITHOUT_WORKER", "1")
os.environ.setdefault("JOBSMITH_SECRET_KEY", "benchmark-" + "x" * 40)

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.db import connection  # noqa: E402

from jobsmith.actions.enqueue_job import enqueue_job  # noqa: E402
from jobsmith.actions.prune_results import prune_results  # noqa: E402
from jobsmith.inputs.codec import CleanInputs  # noqa: E402
from jobsmith.models import Job, JobResult  # noqa: E402
from jobsmith.specs import JobSpec, to_json  # noqa: E402

PAUSE = 0.05


def main() -> None:
    """Delete in a process of its own, and start runs in this one."""
    assert connection.vendor == "postgresql", "this benchmark is about PostgreSQL"
    if sys.argv[1:] == ["delete"]:
        delete()
        return
    spec = JobSpec(module_name="bench", job_class_name="Job0", name="Job 00", grouping="Bench")
    job = Job.objects.filter(name="Job 00")
    job.update(installed=True, enabled=True, declared=to_json(spec))
    Job.objects.update(keep_days=1, keep_failed_days=1)
    before = [start_a_run() for _ in range(100)]
    there = JobResult.objects.count()
    deleter = subprocess.Popen([sys.executable, __file__, "delete"], stdout=subprocess.PIPE)
    during = []
    while deleter.poll() is None:
        during.append(start_a_run())
    assert deleter.stdout is not None
    told = json.loads(deleter.stdout.read())
    told |= {"before": there, "left": JobResult.objects.count()}
    print(json.dumps(told | {"start_alone": figures(before), "start_meanwhile": figures(during)}))


def delete() -> None:
    """Delete all that is overdue, and tell what it took."""
    idle = peak_memory()
    began = time.monotonic()
    count = prune_results(seconds=float("inf"))
    told = {"deleted": count, "seconds": round(time.monotonic() - began, 1)}
    print(json.dumps(told | {"peak_mib": peak_memory(), "idle_mib": idle}))


def peak_memory() -> int:
    """The most this process has held so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def start_a_run() -> float:
    """Milliseconds until a run is accepted."""
    time.sleep(PAUSE)
    user: Any = get_user_model()._default_manager.get(username="admin")
    job = Job.objects.get(name="Job 00")
    began = time.monotonic()
    enqueue_job(job, user=user, inputs=CleanInputs())
    return (time.monotonic() - began) * 1000


def figures(taken: list[float]) -> dict[str, float]:
    """Median, 99th percentile and worst."""
    ordered = sorted(taken)
    return {
        "count": len(ordered),
        "median": round(statistics.median(ordered), 1),
        "p99": round(ordered[int(len(ordered) * 0.99)], 1),
        "worst": round(ordered[-1], 1),
    }


if __name__ == "__main__":
    main()
