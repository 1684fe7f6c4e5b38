"""The memory limit holds for a run as a whole, not only for each of its processes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from jobsmith.models import JobResult
from jobsmith.processes.cgroup import Group

from .conftest import WorkerProgram, wait_for

MIB = 1024**2


@pytest.mark.parametrize("groups", [True, False], ids=["groups", "watcher"])
def test_processes_that_together_need_too_much_end_their_run(
    start_worker: Callable[..., WorkerProgram],
    make_result: Callable[..., JobResult],
    finish: Callable[..., JobResult],
    method: str,
    groups: bool,
) -> None:
    worker = start_worker(method, MEMORY_LIMIT=400 * MIB, CONTROL_GROUPS=groups)
    neighbour = make_result("Sleeps")
    herd = make_result("Herd", class_path="wire.Herd", task_kwargs={"shared": False})
    finish(herd, 20)
    assert (herd.status, herd.cause) == ("FAILURE", "out_of_memory")
    assert "together" in herd.cause_detail
    wait_for(lambda: len(worker.survivors()) == 1, 5)
    neighbour.refresh_from_db()
    assert neighbour.status == "STARTED"


def test_memory_that_processes_share_counts_once(
    start_worker: Callable[..., WorkerProgram],
    make_result: Callable[..., JobResult],
    finish: Callable[..., JobResult],
    method: str,
) -> None:
    start_worker(method, MEMORY_LIMIT=400 * MIB)
    herd = make_result("Herd", class_path="wire.Herd", task_kwargs={"shared": True})
    assert finish(herd, 20).status == "SUCCESS", herd.cause_detail


def test_a_group_that_controls_memory_has_the_limit_written_in(tmp_path: Path) -> None:
    folder = tmp_path / "jobsmith-run"
    folder.mkdir()
    (folder / "memory.max").write_text("max")
    group = Group(tmp_path, "run", 10, 5 * MIB)
    assert (folder / "memory.max").read_text() == str(5 * MIB)
    assert (folder / "memory.oom.group").read_text() == "1"
    assert not group.ran_out_of_memory()
    (folder / "memory.events").write_text("low 0\noom 3\noom_kill 2\n")
    assert group.ran_out_of_memory()
