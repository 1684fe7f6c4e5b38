"""From a claimed row to what its process is told."""

import os
import re
import socket
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError, connections

from jobsmith.catalog.versions import recorded_spec
from jobsmith.conf import conf
from jobsmith.errors import (
    CodeMissing,
    InputsRefused,
    PackagesMissing,
    SandboxMissing,
    SealBroken,
)
from jobsmith.inputs.vault import open_sealed
from jobsmith.isolation import Isolation
from jobsmith.lifecycle import Cause, Status
from jobsmith.models import Job, JobResult
from jobsmith.processes import environment, frames
from jobsmith.processes.frames import Kind
from jobsmith.processes.text import LineSplitter
from jobsmith.redact import Redactor, secret_texts
from jobsmith.sources import installing, overlay, trees
from jobsmith.sources.sandboxes import sandbox_for

from . import handing
from .ending import Ending
from .faults import Unreachable, logger
from .files import Caps, FileReceiver
from .run import Run
from .spooled import levels_of
from .start import Start

VERSION_DIGITS = 12
"""As many of a digest as tell versions apart for people."""
DISABLED = "The job was disabled while the run waited."


def begin(result: JobResult) -> tuple[Run, list[int]]:
    """A run and the descriptors for its process; a run that cannot start has its ending already.

    Raises one of Unreachable: then it can be begun later.
    """
    if result.job_model is not None and not result.job_model.enabled:
        return _refused(result, Cause.JOB_DISABLED, DISABLED), []
    try:
        run, files = _prepared(result)
        try:
            return run, [*_channels(run), *files]
        except BaseException:
            _close(files)
            raise
    except Unreachable:
        raise
    except (CodeMissing, PackagesMissing) as error:
        return _refused(result, Cause.CODE_MISSING, error.message), []
    except Exception as error:  # whatever it is, it may end this run only
        return _refused(result, Cause.NOT_STARTED, _sentence(error)), []


def _prepared(result: JobResult) -> tuple[Run, list[int]]:
    """The run, and open descriptors of the files that it is handed."""
    secrets, tree = open_sealed(result.sealed_kwargs), _tree(result)
    run = _run(result, _redactor(secret_texts(list(secrets.values()))))
    start = _start(result, secrets, tree)
    level = Isolation(result.isolation or Isolation.PROCESS)
    run.sandbox = sandbox_for(
        level, name=result.source_key, folders=(start.tree or "", start.packages)
    )
    files: dict[str, int] = {}
    if run.sandbox is not None:
        files = handing.open_files(start.spec, start.inputs)
        start = _sandboxed(start, level, files)
    message = frames.to_json(start.to_json())
    run.to_send = list(frames.packets(Kind.START, message, os.getpid()))
    return run, list(files.values())


def _close(descriptors: Iterable[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def _sandboxed(start: Start, level: Isolation, files: Mapping[str, int]) -> Start:
    """The same with what its process cannot fetch itself."""
    start = replace(start, files=list(files))
    if level.has_database:
        return start
    try:
        records = handing.records_of(start.spec, start.inputs)
    except BaseException:
        _close(files.values())
        raise
    return replace(start, records=records, databases={})


def _redactor(secrets: set[str]) -> Redactor:
    try:
        return Redactor(secrets | environment.secret_values(), conf().sanitizer_patterns)
    except re.error as error:
        sentence = f"A regular expression in SANITIZER_PATTERNS is none: {error}."
        raise ImproperlyConfigured(sentence) from error


def _sentence(error: Exception) -> str:
    if isinstance(error, SealBroken | SandboxMissing | InputsRefused | ImproperlyConfigured):
        return str(error)
    logger.error("A run could not be prepared", exc_info=error)
    told = error.strerror if isinstance(error, OSError) else str(error)
    return f"The run could not be prepared: {told or type(error).__name__}."


def _run(result: JobResult, redactor: Redactor) -> Run:
    folder = conf().home / "tmp" / str(result.pk)
    return Run(
        result=result,
        attempt=result.attempt,
        redactor=redactor,
        files=FileReceiver(folder, caps=_caps(), redactor=redactor),
        log_count=result.log_count,
        console_count=result.console_count,
        levels=levels_of(result),
    )


def _caps() -> Caps:
    return Caps(
        file_bytes=conf().max_file_bytes,
        files=conf().max_run_files,
        all_bytes=conf().max_run_file_bytes,
    )


def _refused(result: JobResult, cause: Cause, sentence: str) -> Run:
    run = _run(result, Redactor())
    run.end(Ending(status=Status.FAILURE, cause=cause.value, detail=sentence))
    return run


def _tree(result: JobResult) -> Path | None:
    return None if result.source == "plugin" else trees.ensure(result.source_digest)


def _packages(result: JobResult, tree: Path | None) -> str:
    """Folder of the packages that its code asks for."""
    if failed := installing.failure(result.source_digest):
        raise PackagesMissing(failed)
    return overlay.folder_for(tree) if tree else ""


def _start(result: JobResult, secrets: dict[str, Any], tree: Path | None) -> Start:
    return Start(
        result_id=str(result.pk),
        page=_address(result) or f"/runs/{result.pk}/",
        user_id=str(result.user_id) if result.user_id else None,
        job_id=str(result.job_model_id) if result.job_model_id else None,
        job_page=_address(result.job_model) if result.job_model else "",
        attempt=result.attempt,
        retry_on=_retry_on(result),
        source_version=result.source_digest[:VERSION_DIGITS] or "unknown",
        class_path=result.class_path,
        tree=str(tree) if tree else None,
        packages=_packages(result, tree),
        spec=_spec(result),
        inputs={**result.task_kwargs, **secrets},
        soft_limit=result.soft_time_limit,
        hard_limit=result.time_limit,
        max_result_bytes=conf().max_result_bytes,
        max_file_bytes=conf().max_file_bytes,
        databases={alias: str(connections[alias].settings_dict["NAME"]) for alias in connections},
    )


def _retry_on(result: JobResult) -> list[str]:
    """Nothing in its last attempt."""
    rule: dict[str, Any] = result.retry_rule or {}
    return list(rule.get("on", ())) if result.attempt <= result.max_retries else []


def _spec(result: JobResult) -> dict[str, Any]:
    """What the run's version declares; {} leaves it to the child to ask the class."""
    with suppress(OperationalError, InterfaceError):
        return recorded_spec(result)
    return {}


def _address(record: JobResult | Job) -> str:
    """Where the host shows the record, under whatever prefix; "" if it does not."""
    try:
        return record.get_absolute_url()
    except Exception:  # a worker needs none of the host's pages, so it may lack or break them
        return ""


def _channels(run: Run) -> list[int]:
    """Open the frame socket and the console pipes; returns the child's ends."""
    ends: list[int] = []
    try:
        _open_channels(run, ends)
    except OSError:  # too many open files, most likely
        for descriptor in (*ends, *run.pipes):
            os.close(descriptor)
        if run.frames is not None:
            run.frames.close()
        raise
    return ends


def _open_channels(run: Run, ends: list[int]) -> None:
    run.frames, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    run.frames.setblocking(False)
    ends.append(theirs.detach())
    for name in ("stdout", "stderr"):
        read, write = os.pipe()
        os.set_blocking(read, False)
        run.pipes[read] = (name, LineSplitter(run.redactor.redact, run.redactor.reach))
        ends.append(write)
