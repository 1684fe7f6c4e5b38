"""How fast runs start, drain and log, on a throw-away home folder; prints JSON.

python benchmarks/runs.py [--runs 300] [--lines 200000] [--slots 4] [--method fork]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HOME = Path(tempfile.mkdtemp(prefix="jobsmith-bench-"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jobsmith_server.settings.base")
os.environ["JOBSMITH_HOME"] = str(HOME)
os.environ.setdefault("JOBSMITH_SECRET_KEY", "benchmark-" + "x" * 40)
(HOME / "db").mkdir(parents=True)

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

from jobsmith.engines import doorbell, engine  # noqa: E402
from jobsmith.jobs import describe  # noqa: E402
from jobsmith.models import Job, JobQueue, JobResult  # noqa: E402
from jobsmith.sources import trees  # noqa: E402
from jobsmith.sources.loader import load_class  # noqa: E402
from jobsmith.specs import to_json  # noqa: E402

JOBS = """
import time
from jobsmith.jobs import IntegerVar, Job, register_jobs

class NoOp(Job):
    def run(self):
        return time.time()

class Lines(Job):
    count = IntegerVar()
    def run(self, count):
        for number in range(count):
            self.logger.info("line %d of %d: all is well with it, as it was", number, count)

register_jobs(NoOp, Lines)
"""


def main() -> None:
    """Measure and print."""
    options = _options()
    shared = _prepare(options)
    told: dict[str, Any] = {"method": options.method, "slots": options.slots}
    worker = _start_worker(options)
    try:
        told["latency_ms"] = _latency(shared)
        told["drain"] = _drain(shared, options.runs)
        told["lines"] = _lines(shared, options.lines, worker.pid)
    finally:
        worker.terminate()
        worker.wait(20)
    print(json.dumps(told, indent=2))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--lines", type=int, default=200_000)
    parser.add_argument("--slots", type=int, default=4)
    parser.add_argument("--method", default="fork")
    return parser.parse_args()


def _prepare(options: argparse.Namespace) -> dict[str, Any]:
    settings.JOBSMITH["START_METHOD"] = options.method
    call_command("migrate", verbosity=0)
    queue = JobQueue.objects.get_or_create(name="default")[0]
    folder = HOME / "jobs"
    folder.mkdir()
    (folder / "bench.py").write_text(JOBS)
    tree = trees.store(trees.snapshot(folder))
    _jobs(folder, queue)
    return {"source_digest": tree.digest, "job_queue": queue}


def _jobs(folder: Path, queue: JobQueue) -> None:
    """Records of the jobs, as a sync makes them."""
    for name in ("NoOp", "Lines"):
        spec = to_json(describe(load_class(folder, f"bench.{name}")))
        Job.objects.create(
            module_name="bench", job_class_name=name, default_job_queue=queue, declared=spec
        )


def _start_worker(options: argparse.Namespace) -> "subprocess.Popen[bytes]":
    code = (
        "import django; django.setup()\n"
        "from django.conf import settings\n"
        f"settings.JOBSMITH['START_METHOD'] = {options.method!r}\n"
        "from jobsmith.conf import conf\nconf.cache_clear()\n"
        "import signal\n"
        "from jobsmith.engines import engine, StopMode\n"
        "stop = []\n"
        "signal.signal(signal.SIGTERM, lambda *_: stop.append(1))\n"
        f"engine().run_worker(queues=['default'], slots={options.slots}, name='', "
        "stop=lambda: StopMode.NOW if stop else StopMode.GO_ON)\n"
    )
    worker = subprocess.Popen([sys.executable, "-c", code])
    time.sleep(2)
    return worker


def _make(shared: dict[str, Any], name: str, **values: Any) -> JobResult:
    job = Job.objects.get(job_class_name=name)
    path = job.class_path
    return JobResult(
        name=name, job_model=job, class_path=path, console_log=False, **shared, **values
    )


def _latency(shared: dict[str, Any], rounds: int = 50) -> dict[str, float]:
    """From the commit of the row to the first line of the author's code."""
    found = []
    for _ in range(rounds):
        result = _make(shared, "NoOp")
        began = time.time()
        result.save(force_insert=True)
        engine().hint([str(result.pk)])
        _wait(JobResult.objects.filter(pk=result.pk, status="SUCCESS"), 1)
        result.refresh_from_db()
        found.append((result.result - began) * 1000)
    found.sort()
    return {
        "median": round(statistics.median(found), 1),
        "p95": round(found[int(rounds * 0.95)], 1),
    }


def _drain(shared: dict[str, Any], runs: int) -> dict[str, float]:
    JobResult.objects.all().delete()
    JobResult.objects.bulk_create(_make(shared, "NoOp") for _ in range(runs))
    began = time.time()
    doorbell.ring()
    _wait(JobResult.objects.filter(status="SUCCESS"), runs)
    seconds = time.time() - began
    return {"runs": runs, "seconds": round(seconds, 2), "per_second": round(runs / seconds, 1)}


def _lines(shared: dict[str, Any], lines: int, pid: int) -> dict[str, float]:
    before = _memory_kb(pid)
    result = _make(shared, "Lines", task_kwargs={"count": lines})
    result.save(force_insert=True)
    began = time.time()
    doorbell.ring()
    most = before
    while not JobResult.objects.filter(pk=result.pk, status="SUCCESS").exists():
        most = max(most, _memory_kb(pid))
        time.sleep(0.05)
    seconds = time.time() - began
    stored = result.job_log_entries.count()
    return {
        "stored": stored,
        "seconds": round(seconds, 2),
        "per_second": round(stored / seconds),
        "worker_rss_kb_before": before,
        "worker_rss_kb_most": most,
    }


def _memory_kb(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    return 0


def _wait(rows: Any, count: int) -> None:
    while rows.count() < count:
        time.sleep(0.005)


if __name__ == "__main__":
    main()
