"""One run of a job class, from ``before_start`` to ``after_return``.

Whatever the author's code raises ends in the `Outcome`; only what kills the process does not.
"""

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from jobsmith.lifecycle import Cause, Status
from jobsmith.specs import JSON

from .base import MAX_FILE_BYTES, Job
from .handle import Handle
from .limits import RunJobTaskFailed, SoftTimeLimitExceeded
from .logger import now
from .options import read_option
from .retries import names_of
from .returned import clean_text, to_json_safe
from .safe import safe_text
from .theirs import also_theirs

MAX_TRACEBACK_CHARS = 64 * 1024
Inputs = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run ended, ready to record."""

    status: str
    cause: str = ""
    result: JSON = None
    traceback: str | None = None
    errors: tuple[str, ...] = ()
    """Names of the exception that ended it, see `retries.names_of`."""


@dataclass(frozen=True, slots=True)
class ExceptionInfo:
    """An exception as hooks get it: ``einfo``."""

    exception: BaseException
    type: type[BaseException]
    tb: TracebackType | None
    traceback: str

    def __str__(self) -> str:
        return self.traceback


def execute(
    job_class: type[Job],
    *,
    handle: Handle,
    inputs: Inputs | Callable[[], Inputs],
    serialized: dict[str, JSON],
    soft_limit: float,
    hard_limit: float,
    max_result_bytes: int = 1024 * 1024,
    max_file_bytes: int = MAX_FILE_BYTES,
) -> Outcome:
    """Run the job and its hooks in their order.

    ``inputs`` are the decoded values, or a callable that decodes them when it is their turn,
    after ``before_start``, which gets ``serialized``.
    """
    run = _Run(handle, inputs, serialized, max_result_bytes)
    try:
        job = job_class()
        job._handle = handle
        job._max_file_bytes = max_file_bytes
        run.warn_of_limits(soft_limit, hard_limit)
        run.say_begun(str(read_option(job_class, "name"))[:200])
    except BaseException as error:  # an author's constructor may raise anything
        return run.ended_by(error)
    return run.through(job)


class _Run:
    """The steps of one run."""

    def __init__(
        self,
        handle: Handle,
        inputs: Inputs | Callable[[], Inputs],
        serialized: dict[str, JSON],
        max_result_bytes: int,
    ) -> None:
        self._handle = handle
        self._inputs = inputs
        self._serialized = serialized
        self._max_result_bytes = max_result_bytes

    def say(self, level: str, message: str, grouping: str, obj: str = "", url: str = "") -> None:
        """Log a line of our own."""
        self._handle.log(
            level=level, message=message, grouping=grouping, obj=obj, url=url, created=now()
        )

    def say_begun(self, name: str) -> None:
        """The first line of every run, in the words that readers of such logs look for."""
        message = f"Running job (source version: {self._handle.source_version})"
        self.say("info", message, "initialization", name, self._handle.job_page)

    def warn_of_limits(self, soft: float, hard: float) -> None:
        """A hard limit that comes first makes the soft one pointless."""
        if hard and soft and hard <= soft:
            self.say(
                "warning",
                f"The hard time limit of {float(hard)} seconds is less than or equal to the soft "
                f"time limit of {float(soft)} seconds. This job will fail silently after "
                f"{float(hard)} seconds.",
                "initialization",
            )

    def through(self, job: Job) -> Outcome:
        """From ``before_start`` to ``after_return``."""
        try:
            value = self._body(job)
            outcome = self._finish(job, value)
        except BaseException as error:  # exit and interrupt of the author's code end the run too
            return self._fail(job, error)
        if outcome.status == Status.SUCCESS:
            self.say("success", "Job completed", "post_run")
        return outcome

    def _body(self, job: Job) -> Any:
        task_id = self._handle.result_id
        value = job.before_start(task_id, (), self._serialized)
        return value if job._failed else job.run(**self._decoded())

    def _decoded(self) -> Inputs:
        if not callable(self._inputs):
            return self._inputs
        try:
            return self._inputs()
        except Exception as error:
            self.say("error", "Error deserializing kwargs", "__call__")
            raise RunJobTaskFailed("Error initializing job") from error

    def _finish(self, job: Job, value: Any) -> Outcome:
        task_id = self._handle.result_id
        status = Status.FAILURE if job._failed else Status.SUCCESS
        if status is Status.SUCCESS:
            job.on_success(value, task_id, (), self._serialized)
        else:
            job.on_failure(value, task_id, (), self._serialized, None)
        job.after_return(status, value, task_id, (), self._serialized, None)
        # A hook may have called fail() too late for on_failure, not too late for the record.
        failed = job._failed
        return Outcome(
            status=(Status.FAILURE if failed else Status.SUCCESS).value,
            cause=Cause.FAILED_BY_JOB.value if failed else "",
            result=to_json_safe(value, self._max_result_bytes),
        )

    def _fail(self, job: Job, error: BaseException) -> Outcome:
        told = also_theirs(ExceptionInfo, "billiard.einfo")
        info = told(error, type(error), error.__traceback__, _traceback(error))
        task_id = self._handle.result_id
        try:
            if not self._handle.retry_on.isdisjoint(names_of(error)):
                job.on_retry(error, task_id, (), self._serialized, info)
            else:
                job.on_failure(error, task_id, (), self._serialized, info)
                job.after_return(Status.FAILURE, error, task_id, (), self._serialized, info)
        except BaseException as second:  # a hook may fail like anything else
            if second is not error:
                return self.ended_by(second)
        return self.ended_by(error)

    def ended_by(self, error: BaseException) -> Outcome:
        """The outcome of a run that an exception ended."""
        return Outcome(
            status=Status.FAILURE.value,
            cause=cause_of(error),
            result={
                "exc_type": type(error).__qualname__,
                "exc_module": type(error).__module__,
                "exc_message": [_message(each) for each in _arguments(error)],
            },
            traceback=_traceback(error),
            errors=names_of(error),
        )


def cause_of(error: BaseException) -> str:
    """Why a run ended that this exception ended, in the words of `lifecycle.Cause`."""
    if isinstance(error, SystemExit):
        code = error.code
        number = code if isinstance(code, int) else int(code is not None)
        return f"exit:{number}"
    if isinstance(error, SoftTimeLimitExceeded):
        return Cause.SOFT_TIME_LIMIT.value
    if isinstance(error, MemoryError):
        return Cause.OUT_OF_MEMORY.value
    return Cause.EXCEPTION.value


def _arguments(error: BaseException) -> tuple[Any, ...]:
    return error.args if isinstance(error.args, tuple) else (error.args,)


def _message(argument: object) -> JSON:
    if isinstance(argument, bool | int | None):
        return to_json_safe(argument)
    return clean_text(safe_text(argument))[:MAX_TRACEBACK_CHARS]


def _traceback(error: BaseException) -> str:
    """The traceback from the author's first line on, with the middle cut out if it is huge."""
    try:
        told = traceback.TracebackException.from_exception(error)
        while told.stack and told.stack[0].filename == __file__:
            del told.stack[0]
        text = "".join(told.format())
    except Exception:  # __repr__ and friends of the author's exception
        text = f"{type(error).__qualname__}: {safe_text(error)}\n"
    text = clean_text(text)
    if len(text) > MAX_TRACEBACK_CHARS:
        half = MAX_TRACEBACK_CHARS // 2
        begun, _, _ = text[:half].rpartition("\n")  # between lines, so that no secret is halved
        _, _, ended = text[-half:].partition("\n")
        text = f"{begun or text[:half]}\n  …\n{ended or text[-half:]}"
    return text
