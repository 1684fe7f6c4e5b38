"""Whatever a job's process sends ends that run only: the worker and its neighbours go on."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from jobsmith.engines.inline import run_now
from jobsmith.models import JobResult
from jobsmith.processes import frames
from jobsmith.processes.frames import Kind
from jobsmith.processes.launcher import Launcher
from jobsmith.redact import Redactor
from jobsmith.runner.files import Caps, FileReceiver
from jobsmith.runner.run import Run

from .conftest import WorkerProgram

Start = Callable[..., WorkerProgram]
Make = Callable[..., JobResult]
Finish = Callable[..., JobResult]

DEEP = "[" * 900 + "]" * 900
END = '{"status":"SUCCESS","cause":"","traceback":null,"result":%s}'
FRAMES = {
    "a list as level": (Kind.LOG, '[["info"],"m","g","","",1]'),
    "a number as message": (Kind.LOG, '["info",5,"g","","",1]'),
    "five parts": (Kind.LOG, '["info","m","g","",""]'),
    "no time": (Kind.LOG, '["info","m","g","","",NaN]'),
    "no JSON": (Kind.LOG, "nonsense"),
    "an endless integer": (Kind.PROGRESS, f'[{"9" * 400},1,""]'),
    "no number": (Kind.PROGRESS, '[NaN,1,""]'),
    "a text as total": (Kind.PROGRESS, '[1,"all",""]'),
    "a deep result": (Kind.END, END % DEEP),
    "a result without numbers": (Kind.END, END % "[Infinity]"),
    "a list as status": (Kind.END, '{"status":[]}'),
    "a list as cause": (Kind.END, '{"status":"FAILURE","cause":[]}'),
    "a file without id": (Kind.FILE_OPEN, "{}"),
    "a list as id": (Kind.FILE_OPEN, '{"id":[]}'),
    "a piece of no file": (Kind.FILE_DATA, "x" * 20),
}


def test_a_frame_that_is_none_ends_its_run_only(
    start_worker: Start, make_result: Make, finish: Finish, method: str
) -> None:
    worker = start_worker(method)
    neighbour = make_result("Sleeps")
    ends = {}
    for what, (kind, text) in FRAMES.items():
        inputs = {"kind": kind.value, "text": text}
        result = finish(make_result("Frame", class_path="wire.Frame", task_kwargs=inputs))
        ends[what] = (result.cause, "broke the protocol" in result.cause_detail)
    assert ends == dict.fromkeys(FRAMES, ("protocol", True))
    neighbour.refresh_from_db()
    assert neighbour.status == "STARTED"
    assert worker.process.poll() is None


def test_texts_that_no_database_holds_are_mended_in_names_and_causes(
    start_worker: Start, make_result: Make, finish: Finish, method: str
) -> None:
    start_worker(method)
    result = finish(make_result("OddTexts", class_path="wire.OddTexts"))
    assert (result.status, result.cause) == ("FAILURE", "odd?")
    file = result.files.get()
    assert (file.name, file.content_type) == ("bad-?-name.txt", "text/?")


def test_an_end_that_is_told_before_its_process_is_known_counts(
    make_result: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[dict[str, object]] = []

    def late(launcher: Launcher) -> list[dict[str, object]]:
        held.extend(events(launcher))
        released = list(held) if any("status" in each for each in held) else []
        del held[: len(released)]
        return released

    events = Launcher.events
    monkeypatch.setattr(Launcher, "events", late)
    result = run_now(make_result("NoOp"))
    assert (result.status, result.cause) == ("SUCCESS", "")


def test_only_the_process_of_the_run_tells_its_end() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    redactor = Redactor()
    caps = Caps(file_bytes=0, files=0, all_bytes=0)
    files = FileReceiver(Path("unused"), caps=caps, redactor=redactor)
    run = Run(result=JobResult(), attempt=1, redactor=redactor, files=files, frames=ours)
    for sender, value in ((7, "a copy"), (8, "the run"), (9, "a copy")):
        end = {"status": "SUCCESS", "cause": "", "result": value, "traceback": None}
        frames.send(theirs, Kind.END, frames.to_json(end), sender)
    theirs.close()
    assert not run.read_frames()
    ours.close()
    assert run.evidence.told is None
    run.know_pid(8)
    assert run.evidence.told is not None
    assert run.evidence.told["result"] == "the run"
