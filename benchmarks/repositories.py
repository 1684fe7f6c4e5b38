"""What Git repositories and folders of jobs cost; each command prints one line of JSON.

python benchmarks/repositories.py fetch [--megabytes 960]   a large repository, fetched over HTTP
python benchmarks/repositories.py sync [--jobs 1000]        a sync of a repository with many jobs
python benchmarks/repositories.py folder [--rounds 10]      until a changed folder is seen

Each works in folders of its own that it removes, and serves its repository by the Git program.
Memory is the peak of any child process. Of the large repository the pack is a file that the child
maps: what it holds beside that is the first figure.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.support.settings")
os.environ.setdefault("JOBSMITH_HOME", tempfile.mkdtemp(prefix="jobsmith-bench-"))
os.environ.setdefault("JOBSMITH_SECRET_KEY", "benchmark-" + "x" * 40)
for each in ("db", "run"):
    Path(os.environ["JOBSMITH_HOME"], each).mkdir(parents=True, exist_ok=True)

import django  # noqa: E402
import psutil  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402

from jobsmith.actions.sync_repository import sync_repository  # noqa: E402
from jobsmith.conf import conf  # noqa: E402
from jobsmith.engines.inline import run_now  # noqa: E402
from jobsmith.errors import SourceBroken  # noqa: E402
from jobsmith.models import GitRepository, Job  # noqa: E402
from jobsmith.sources.git.fetch import Remote, fetch  # noqa: E402
from tests.support.git_server import GitFolder, git_server  # noqa: E402
from tests.support.served import Server  # noqa: E402

PIECE = 16
"""Megabytes a file of the large repository holds."""
IDLE_SECONDS = 10
A_FILE = 10
"""Job classes in each file of the repository with many."""
JOB = """
class {name}(Job):
    text = StringVar(default="x")
    number = IntegerVar(default=1, min_value=0, max_value=9)
    class Meta:
        name = "{name}"
    def run(self, text, number):
        return text
"""


def main() -> None:
    """Measure one thing."""
    options = _options()
    found = {"fetch": _fetch, "sync": _sync, "folder": _folder, "child": _child}[options.what](
        options
    )
    print(json.dumps(found))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("fetch", "sync", "folder", "child"))
    parser.add_argument("url", nargs="?", default="", help=argparse.SUPPRESS)
    parser.add_argument("--megabytes", type=int, default=960)
    parser.add_argument("--bound", type=int, default=1024, help="GIT_FETCH_MEMORY in megabytes")
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=10)
    return parser.parse_args()


def _fetch(options: argparse.Namespace) -> dict[str, Any]:
    """The jobs of a large repository lie in one of its folders; the rest is noise."""

    with tempfile.TemporaryDirectory(prefix="jobsmith-bench-") as place:
        folder = GitFolder(Path(place) / "large")
        folder.git("config", "core.compression", "0")
        folder.git("config", "core.bigFileThreshold", "1m")  # no search for deltas
        for number in range(options.megabytes // PIECE):
            folder.write({f"data/{number}.bin": os.urandom(PIECE * 1024**2)})
        folder.commit({"jobs/__init__.py": "", "jobs/jobs.py": ""})
        with git_server(folder.path.parent) as server:
            words = [sys.executable, __file__, "child", server.url("large")]
            words += ["--bound", str(options.bound)]
            done = subprocess.run(words, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return {"repository_megabytes": options.megabytes, **found}


def _child(options: argparse.Namespace) -> dict[str, Any]:
    """Fetches, and has no other children than those that this needs."""
    _set_up(GIT_FETCH_SECONDS=900, GIT_FETCH_MEMORY=options.bound * 1024**2)

    began, said, own = time.monotonic(), "", [0]
    threading.Thread(target=_sample, args=(own,), daemon=True).start()
    try:
        fetch(Remote(url=options.url, ref="main", subfolder="jobs"))
    except SourceBroken as error:
        said = error.message
    return {
        "seconds": round(time.monotonic() - began, 1),
        "child_peak_megabytes": max(own) // 1024**2,
        "with_mapped_files_megabytes": _peak_of_children(),
        "bound_megabytes": conf().git_fetch_memory // 1024**2,
        "refused": said,
    }


def _sample(own: list[int]) -> None:
    """Note again and again what the child holds that is not a file on disk."""
    while True:
        for each in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                found = each.memory_info()
                own.append(found.rss - found.shared)
        time.sleep(0.02)


def _sync(options: argparse.Namespace) -> dict[str, Any]:
    """The first sync, and one that finds a new commit, each in a run of its own."""
    _set_up(ACCEPT_WITHOUT_WORKER=True)

    call_command("migrate", verbosity=0)
    user = get_user_model()._default_manager.create_superuser(username="bench", password="x")

    with tempfile.TemporaryDirectory(prefix="jobsmith-bench-") as place:
        folder = GitFolder(Path(place) / "many")
        folder.commit({"__init__.py": "", "jobs/__init__.py": "", **_many(options.jobs)})
        with git_server(folder.path.parent) as server:
            row = GitRepository.objects.create(
                name="Many",
                slug="many_jobs",
                remote_url=server.url("many"),
                provided_contents=["extras.job"],
            )
            first = _timed(row, user)
            folder.commit({"jobs/m0.py": _many(1)["jobs/m0.py"]})
            again = _timed(row, user)
    count = Job.objects.filter(git_repository=row).count()
    return {
        "jobs": count,
        "first_sync_seconds": first,
        "next_sync_seconds": again,
        "child_peak_megabytes": _peak_of_children(),
    }


def _many(count: int) -> dict[str, str]:
    head = "from jobsmith.jobs import IntegerVar, Job, StringVar, register_jobs\n"
    files = {}
    for first in range(0, count, A_FILE):
        names = [f"Job{number}" for number in range(first, min(first + A_FILE, count))]
        body = "".join(JOB.format(name=name) for name in names)
        files[f"jobs/m{first // A_FILE}.py"] = f"{head}{body}\nregister_jobs({', '.join(names)})\n"
    return files


def _timed(row: Any, user: Any) -> float:

    began = time.monotonic()
    result = run_now(sync_repository(row, user=user))
    if result.status != "SUCCESS":
        raise SystemExit(result.cause_detail)
    return round(time.monotonic() - began, 1)


def _folder(options: argparse.Namespace) -> dict[str, Any]:
    """A file is written below the folder of jobs of a real server until the API shows its job."""

    with tempfile.TemporaryDirectory(prefix="jobsmith-bench-") as place:
        root = Path(place) / "jobs"
        root.mkdir()
        server = Server(Path(place), root)
        server.start()
        try:
            taken = [_seen_after(server, root, number) for number in range(options.rounds)]
            idle = _cost_of_looking(server)
        finally:
            server.stop()
    return {
        "rounds": options.rounds,
        "median_seconds": sorted(taken)[len(taken) // 2],
        "worst_seconds": max(taken),
        "idle_percent_of_a_processor": idle,
    }


def _cost_of_looking(server: Any) -> float:
    """Of the process that looks at the folder, while nothing happens."""
    process = psutil.Process(server.process.pid)
    process.cpu_percent()
    time.sleep(IDLE_SECONDS)
    return float(process.cpu_percent())


def _seen_after(server: Any, root: Path, number: int) -> float:
    name = f"Job{number}"
    code = JOB.format(name=name)
    head = "from jobsmith.jobs import IntegerVar, Job, StringVar, register_jobs\n"
    (root / f"m{number}.py").write_text(f"{head}{code}\nregister_jobs({name})\n")
    began = time.monotonic()
    while not server.api(f"extras/jobs/?job_class_name={name}")["count"]:
        time.sleep(0.02)
    return round(time.monotonic() - began, 2)


def _set_up(**changes: Any) -> None:
    settings.JOBSMITH = {**settings.JOBSMITH, **changes}
    conf.cache_clear()


def _peak_of_children() -> int:
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


if __name__ == "__main__":
    main()
