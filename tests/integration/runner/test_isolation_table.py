"""What each level stops, measured, and compared with the table in the documentation.

With ``JOBSMITH_WRITE_TABLE=1`` the table is written anew instead:
``JOBSMITH_WRITE_TABLE=1 pytest tests/integration/runner/test_isolation_table.py``.
"""

import hashlib
import os
import re
import socket
import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import connection

import jobsmith
from jobsmith.conf import conf
from jobsmith.inputs.vault import seal
from jobsmith.models import JobFile, JobResult
from jobsmith.processes.confine import Limits
from jobsmith.sources import trees
from jobsmith.sources.user import choose_user
from tests.support.factories import make_user
from tests.support.job_files import PING, write
from tests.support.sandboxes import need_sandboxes

from .conftest import WorkerProgram, wait_for
from .test_sandboxes import JOBS

DOCUMENT = Path(__file__).parents[3] / "docs" / "explanation" / "isolation.md"
SAME, OTHER = "process", "process, another user"
COLUMNS = {
    "root": {SAME: "process", "sandbox": "sandbox", "offline": "offline", "untrusted": "untrusted"},
    "": {OTHER: "process"},
}
"""For each user that runs jobs (the worker's own, or one that it makes), what is measured."""
ORDER = (SAME, OTHER, "sandbox", "offline", "untrusted")
BEGIN, END = "<!-- measured -->", "<!-- end -->"
LOUD = {
    "ForksWithoutEnd": "too_many_processes",
    "TakesAllMemory": "out_of_memory",
    "LeavesAProcessBehind": "",
    "IgnoresEverySignalAndHangs": "time_limit",
    "ClaimsSuccessAndLeaves": "exit:0",
    "SpeaksNonsenseToTheWorker": "protocol",
}
STOPPED, POSSIBLE = "stopped", "possible"
RUNS = 7
Table = dict[str, dict[str, str]]


@pytest.fixture
def outside() -> Iterator[Path]:
    """A folder that is neither in ``/tmp`` nor anything of the server's."""
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="jobsmith-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def listening(outside: Path) -> Iterator[dict[str, Any]]:
    with (
        socket.create_server(("127.0.0.1", 0)) as port,
        socket.socket(socket.AF_UNIX) as file,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        file.bind(str(outside / "socket"))
        abstract.bind(f"\0{outside.name}")
        file.listen()
        abstract.listen()
        yield {
            "port": port.getsockname()[1],
            "socket_file": str(outside / "socket"),
            "abstract": outside.name,
        }


@pytest.fixture(params=COLUMNS, ids=["same user", "another user"])
def who(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def measurable(who: str, transactional_db: None) -> None:
    if connection.vendor != "sqlite" or os.geteuid() != 0:
        pytest.skip("the table is measured on SQLite, by root")
    need_sandboxes()
    if not who and not choose_user(Limits())[0].uid:
        pytest.skip("NO OTHER USER: what one could do was not measured")


@pytest.fixture
def worker(
    who: str, measurable: None, start_worker: Callable[..., WorkerProgram], outside: Path
) -> WorkerProgram:
    """A worker whose runs are that user."""
    write(outside / "jobs", {"pings.py": PING})
    return start_worker(
        RUN_AS_USER=who,
        JOBS_ROOT=str(outside / "jobs"),
        MEMORY_LIMIT=512 * 1024**2,
        PROCESS_LIMIT=40,
    )


@pytest.fixture
def facts(
    worker: WorkerProgram,
    make_result: Callable[..., JobResult],
    outside: Path,
    listening: dict[str, Any],
) -> Iterator[dict[str, Any]]:
    """Where everything is that a hostile job could want."""
    key = conf().home / "secret.key"
    for private in (outside / "private", key):
        private.write_text("of somebody else")
        private.chmod(0o600)
    other = trees.store(trees.snapshot(outside / "jobs")).digest
    with tempfile.NamedTemporaryFile() as in_tmp:
        in_tmp.write(b"of somebody else")
        in_tmp.flush()
        yield listening | {
            "other_tree": str(trees.ensure(other) / "pings.py"),
            "jobs_file": str(outside / "jobs" / "pings.py"),
            "key_file": str(key),
            "key_hash": hashlib.sha256(settings.SECRET_KEY.encode()).hexdigest(),
            "canary": os.environ["JOBSMITH_SECRET_KEY"],
            "run_file": _file_of_another_run(),
            "private_file": str(outside / "private"),
            "tmp_file": in_tmp.name,
            "tmp_left": f"{in_tmp.name}-left",
            "worker": worker.process.pid,
            "home": str(conf().home),
            "package": str(Path(jobsmith.__file__).parent),
            "user": make_user("mallory").username,
            "run": str(make_result("NoOp", not_before="2999-01-01T00:00Z").pk),
            "sealed": seal({"password": "hunter22"}),
            "database": os.path.dirname(str(connection.settings_dict["NAME"])),
        }
    key.unlink()


def _file_of_another_run() -> str:
    file = JobFile(name="paper.txt", kind="output")
    file.file.save("paper.txt", ContentFile(b"of another run"))
    file.save()
    return file.file.path


class Measuring:
    """Lets every behaviour loose at one level."""

    def __init__(self, make: Any, finish: Any, facts: dict[str, Any], level: str) -> None:
        self._facts, self._finish = facts, finish
        digest = trees.store(trees.snapshot(JOBS)).digest
        self._values = {"source_digest": digest, "source_key": "folder", "isolation": level}
        self._make = make

    def start(self, path: str, **values: Any) -> JobResult:
        """A run of a job of the folder."""
        name = path.rpartition(".")[2]
        limits = {"soft_time_limit": 0, "time_limit": 60}
        return self._make(name, class_path=path, **limits | self._values | values)

    def run(self, path: str, **values: Any) -> JobResult:
        """The same, to its end."""
        return self._finish(self.start(path, **values), 90)

    def quiet(self) -> Iterator[tuple[str, str]]:
        """Behaviours that end by themselves, each with what became of it."""
        inputs = {"task_kwargs": {"facts": self._facts}}
        first, again = (self._tried(inputs) for _ in range(2))
        for name, could in {**first, **{each: again[each] for each in NEXT}}.items():
            yield name.replace("_", " "), POSSIBLE if could else STOPPED

    def _tried(self, inputs: dict[str, Any]) -> dict[str, bool]:
        tried = self.run("quiet.Tries", **inputs)
        assert tried.status == "SUCCESS", tried.cause_detail
        looks = {
            "look:home": Path(self._facts["home"], "left-behind"),
            "look:tmp": Path(self._facts["tmp_left"]),
        }
        came = {
            name: looks[each].exists() if each in looks else bool(each)
            for name, each in tried.result.items()
        }
        for path in looks.values():
            path.unlink(missing_ok=True)
        return came

    def loud(self) -> Iterator[tuple[str, str]]:
        """Behaviours that need a run each."""
        for name, cause in LOUD.items():
            limits = {"time_limit": 5} if cause == "time_limit" else {}
            ended = self.run(f"loud.{name}", **limits)
            yield _words(name), STOPPED if ended.cause == cause else f"?{ended.cause}"
        yield _words("EndsRunsOfOtherSources"), self._ends_others()

    def _ends_others(self) -> str:
        bystander = self.start("loud.Waits", isolation="process", source_key="")
        wait_for(lambda: _status(bystander) == "STARTED")
        self.run("loud.EndsRunsOfOtherSources")
        self.run("plain.Looks", isolation="process")
        survived = _status(bystander) == "STARTED"
        if survived:
            bystander.date_canceled = bystander.date_created
            bystander.save(update_fields=["date_canceled"])
        self._finish(bystander, 60)
        return STOPPED if survived else POSSIBLE

    def cost(self) -> str:
        """How long a run of a job takes that does nothing: the first, and the median after it."""
        first, *others = (_milliseconds(self.run("plain.Looks")) for _ in range(RUNS))
        return f"{first:,.0f} ms, then {statistics.median(others):,.0f} ms"


COST = "*a run that does nothing*"
NEXT = ("changes_its_own_code_for_the_next_run", "changes_the_program_for_the_next_run")


def _words(name: str) -> str:
    return re.sub("(?<!^)([A-Z])", r" \1", name).lower()


def _status(result: JobResult) -> str:
    result.refresh_from_db()
    return str(result.status)


def _milliseconds(result: JobResult) -> float:
    assert result.status == "SUCCESS", result.cause_detail
    return (result.date_done - result.date_started).total_seconds() * 1000


def test_each_level_stops_what_the_documentation_says(
    who: str,
    worker: WorkerProgram,
    facts: dict[str, Any],
    make_result: Callable[..., JobResult],
    finish: Callable[..., JobResult],
) -> None:
    writes = bool(os.environ.get("JOBSMITH_WRITE_TABLE"))
    found: Table = {}
    costs = {}
    for column, level in COLUMNS[who].items():
        measuring = Measuring(make_result, finish, facts, level)
        if writes:
            costs[column] = measuring.cost()
        for name, came in (*measuring.quiet(), *measuring.loud()):
            found.setdefault(name, {})[column] = came
    assert worker.process.poll() is None
    wait_for(lambda: not worker.survivors(), 10)
    if writes:
        _write(found, costs)
    documented = {
        name: {column: cells[column] for column in COLUMNS[who]}
        for name, cells in _documented().items()
        if name != COST
    }
    assert found == documented
    assert len(found) >= 30


def _documented() -> Table:
    text = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    header, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return {name: dict(zip(header[1:], cells, strict=True)) for name, *cells in rows}


def _write(found: Table, costs: dict[str, str]) -> None:
    """Put what was measured into the table; other columns stay."""
    table = _documented()
    rows = {name: table.get(name, {}) | found[name] for name in found}
    rows[COST] = table.get(COST, {}) | costs
    lines = [f"| A job | {' | '.join(ORDER)} |", "|---" * (len(ORDER) + 1) + "|"]
    lines += [
        f"| {name} | {' | '.join(cells.get(column, '') for column in ORDER)} |"
        for name, cells in rows.items()
    ]
    text = DOCUMENT.read_text(encoding="utf-8")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    DOCUMENT.write_text("\n".join([before + BEGIN, *lines, END + after]), encoding="utf-8")
