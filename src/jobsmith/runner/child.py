"""One run in its own process: load the class at its version, decode inputs, execute, tell."""

import faulthandler
import os
import socket
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, TextIO
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import connections

from jobsmith.audit import Watcher, leave_to_the_run, silence
from jobsmith.conf import conf
from jobsmith.context import ChangeContext, in_context
from jobsmith.inputs.codec import Handed, decode
from jobsmith.jobs import describe
from jobsmith.jobs.execute import Outcome, cause_of, execute
from jobsmith.jobs.logger import capture_logging
from jobsmith.jobs.retries import names_of
from jobsmith.jobs.returned import note
from jobsmith.lifecycle import Status
from jobsmith.processes import environment, frames
from jobsmith.processes.confine import Limits, confine, open_memory_reserve
from jobsmith.processes.fork_server import FIRST_FILE, MOST_FILES
from jobsmith.processes.frames import Kind
from jobsmith.rights import Actor
from jobsmith.sources import overlay
from jobsmith.sources.base import system
from jobsmith.sources.loader import load_class
from jobsmith.specs import job_from_json

from .child_handle import ChildHandle
from .refused import in_words
from .start import Start

JOB_LOCK_SECONDS = 60


def child_main(descriptor: int, files: Sequence[int]) -> None:
    """Run the job that the first message on the socket names, then leave the process.

    ``files`` are open descriptors, in the order in which that message names them.
    """
    sock = socket.socket(fileno=descriptor)
    os.set_inheritable(descriptor, False)
    _fresh_streams()
    start = _receive_start(sock)
    _set_up_databases(start.databases)
    handle = ChildHandle(sock, start)
    me = os.getpid()
    outcome = _run(start, handle, dict(zip(start.files, files, strict=False)))
    if os.getpid() != me:
        os._exit(0)  # a copy that the job forked came back here: it has nothing to tell
    _end(handle, outcome)


def _run(start: Start, handle: ChildHandle, files: dict[str, int]) -> Outcome:
    try:
        handle.listen_to_signals()
        with capture_logging(handle):
            outcome = _execute(start, handle, files)
    except BaseException as error:  # the author's module or a limit, before run() could begin
        outcome = _failure(error)
    handle.ignore_signals()
    return outcome


def _watcher(start: Start) -> tuple[Watcher, ChangeContext]:
    """Notes what the run changes, in its user's name and with its own id as request id."""

    @cache
    def user() -> Actor | None:
        users = get_user_model()._default_manager
        return users.filter(pk=start.user_id).first() if start.user_id else None

    door = "job-hook" if start.spec.get("is_job_hook_receiver") else "job"
    detail, run = start.class_path[:400], UUID(start.result_id)
    context = ChangeContext(door=door, detail=detail, request_id=run)
    return Watcher(user, context), context


def _execute(start: Start, handle: ChildHandle, files: dict[str, int]) -> Outcome:
    silence()
    watcher, context = _watcher(start)
    if not _is_own(start):
        leave_to_the_run()
        watcher.start()
        return _executed(start, handle, files)
    with in_context(replace(context, actor=watcher.user())):
        return _executed(start, handle, files)


def _executed(start: Start, handle: ChildHandle, files: dict[str, int]) -> Outcome:
    overlay.use(start.packages)
    job_class = load_class(Path(start.tree) if start.tree else None, start.class_path)
    spec = job_from_json(start.spec) if start.spec else describe(job_class)
    outcome = execute(
        job_class,
        handle=handle,
        inputs=lambda: decode(spec, start.inputs, Handed(records=start.records, files=files)),
        serialized=dict(start.inputs),
        soft_limit=start.soft_limit,
        hard_limit=start.hard_limit,
        max_result_bytes=start.max_result_bytes,
        max_file_bytes=start.max_file_bytes,
    )
    return in_words(outcome) if _is_own(start) else outcome


def _is_own(start: Start) -> bool:
    """Whether it is a job of ours, whose actions note what they change."""
    return start.tree is None and start.class_path.startswith(f"{system().package}.")


def _failure(error: BaseException) -> Outcome:
    return Outcome(
        status=Status.FAILURE.value,
        cause=cause_of(error),
        result={
            "exc_type": type(error).__qualname__,
            "exc_module": type(error).__module__,
            "exc_message": [str(error)[:10_000]],
        },
        traceback="".join(traceback.format_exception(error))[-64 * 1024 :],
        errors=names_of(error),
    )


def _end(handle: ChildHandle, outcome: Outcome) -> None:
    open_memory_reserve()
    left = threading.active_count() - 1
    if left > 0:
        handle.log(
            level="warning",
            message=f"{left} thread(s) of the job were still running and were ended.",
            grouping="post_run",
            obj="",
            url="",
            created=time.time(),
        )
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):  # the author may have put anything in their place
            stream.flush()
    handle.send(Kind.END, _told(outcome, heard=handle.heard))
    os._exit(0)


def _told(outcome: Outcome, *, heard: bool) -> bytes:
    """The END message; a result whose text grows too long on the way becomes a note."""
    told = {
        "status": outcome.status,
        "cause": outcome.cause,
        "result": outcome.result,
        "traceback": outcome.traceback,
        "heard": heard,
        "errors": outcome.errors,
    }
    payload = frames.to_json(told)
    if len(payload) <= frames.MAX_MESSAGE:
        return payload
    told["result"] = note("The value is too large to be sent and was not kept.", outcome.result)
    return frames.to_json(told)


def _fresh_streams() -> None:
    """Text streams on the descriptors that the supervisor reads; lines go out as they end."""
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout, sys.stderr = _text_stream(1), _text_stream(2)
    faulthandler.enable(file=sys.stderr)


def _text_stream(descriptor: int) -> TextIO:
    return open(
        descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False
    )


def _receive_start(sock: socket.socket) -> Start:
    assembler = frames.Assembler()
    while packet := sock.recv(frames.MAX_PACKET):
        if message := assembler.add(packet):
            return Start.from_json(message.json())
    os._exit(1)


def _set_up_databases(names: dict[str, str]) -> None:
    """Point at the supervisor's databases; on SQLite a job locks only when it writes."""
    for alias in connections:
        connection = connections[alias]
        settings: dict[str, Any] = connection.settings_dict
        settings["NAME"] = names.get(alias, settings["NAME"])
        if connection.vendor == "sqlite":
            settings["OPTIONS"] = {
                **settings["OPTIONS"],
                "transaction_mode": "DEFERRED",
                "timeout": JOB_LOCK_SECONDS,
            }


def enter_afresh(limits: Limits, parent: int) -> None:
    """The way in for a process that was started as a program: frames come on descriptor 3."""
    conf()
    connections.close_all()
    environment.scrub()
    confine(limits, parent=parent)
    child_main(FIRST_FILE - 1, range(FIRST_FILE, FIRST_FILE + MOST_FILES))
