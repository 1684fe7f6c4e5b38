"""From a claimed row to what its process is told."""

import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.db import InterfaceError, OperationalError, connections

from jobsmith.catalog.versions import recorded_spec
from jobsmith.conf import conf
from jobsmith.errors import CodeMissing, SealBroken
from jobsmith.inputs.vault import open_sealed
from jobsmith.lifecycle import Cause, Status
from jobsmith.models import JobResult
from jobsmith.processes import frames
from jobsmith.processes.frames import Kind
from jobsmith.processes.text import LineSplitter
from jobsmith.redact import Redactor, secret_texts
from jobsmith.sources import trees

from .ending import Ending
from .files import FileReceiver
from .run import Run
from .start import Start


def begin(result: JobResult) -> tuple[Run, list[int]]:
    """A run and the descriptors for its process; a run that cannot start has its ending already."""
    try:
        secrets, tree = open_sealed(result.sealed_kwargs), _tree(result)
    except SealBroken as error:
        return _refused(result, Cause.NOT_STARTED, error.message), []
    except CodeMissing as error:
        return _refused(result, Cause.CODE_MISSING, error.message), []
    run = _run(result, secret_texts(list(secrets.values())))
    run.to_send = list(frames.packets(Kind.START, _start(result, secrets, tree), os.getpid()))
    return run, _channels(run)


def _run(result: JobResult, secrets: set[str]) -> Run:
    folder = conf().home / "tmp" / str(result.pk)
    redactor = Redactor(secrets, conf().sanitizer_patterns)
    return Run(
        result=result,
        attempt=result.attempt,
        redactor=redactor,
        files=FileReceiver(folder, max_bytes=conf().max_file_bytes, redactor=redactor),
    )


def _refused(result: JobResult, cause: Cause, sentence: str) -> Run:
    run = _run(result, set())
    run.end(Ending(status=Status.FAILURE, cause=cause.value, detail=sentence))
    return run


def _tree(result: JobResult) -> Path | None:
    return None if result.source == "plugin" else trees.ensure(result.source_digest)


def _start(result: JobResult, secrets: dict[str, Any], tree: Path | None) -> bytes:
    start = Start(
        result_id=str(result.pk),
        page=_page(result),
        user_id=str(result.user_id) if result.user_id else None,
        job_id=str(result.job_model_id) if result.job_model_id else None,
        class_path=result.class_path,
        tree=str(tree) if tree else None,
        spec=_spec(result),
        inputs={**result.task_kwargs, **secrets},
        soft_limit=result.soft_time_limit,
        hard_limit=result.time_limit,
        max_result_bytes=conf().max_result_bytes,
        max_file_bytes=conf().max_file_bytes,
        databases={alias: str(connections[alias].settings_dict["NAME"]) for alias in connections},
    )
    return frames.to_json(start.to_json())


def _spec(result: JobResult) -> dict[str, Any]:
    """What the run's version declares; {} leaves it to the child to ask the class."""
    with suppress(OperationalError, InterfaceError):
        return recorded_spec(result)
    return {}


def _page(result: JobResult) -> str:
    """Where the host shows the run, under whatever prefix; our own address if it does not."""
    try:
        return result.get_absolute_url()
    except Exception:  # a worker needs none of the host's pages, so it may lack or break them
        return f"/runs/{result.pk}/"


def _channels(run: Run) -> list[int]:
    """Open the frame socket and the console pipes; returns the child's ends."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    run.frames = ours
    ends = [theirs.detach()]
    for name in ("stdout", "stderr"):
        read, write = os.pipe()
        os.set_blocking(read, False)
        run.pipes[read] = (name, LineSplitter())
        ends.append(write)
    return ends
