"""How a run ended: from what its process said, how it died, and what was done to it."""

import os
import signal
from dataclasses import dataclass
from typing import Any

from jobsmith.lifecycle import REFUSED, Cause, Status
from jobsmith.processes.fork_server import MEMORY, PROCESSES


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What is recorded of the end of a run."""

    status: Status
    cause: str = ""
    detail: str = ""
    result: Any = None
    traceback: str | None = None
    retry_in: float | None = None
    """Seconds to another attempt, where it is only this one that ended."""


@dataclass(slots=True)
class Evidence:
    """All that the supervisor knows at the end."""

    told: dict[str, Any] | None = None
    """The END message."""
    wait_status: int | None = None
    over: str = ""
    """What it had too much of, as the fork server saw it."""
    stopped_for: str = ""
    """The cause for which the supervisor ended the run."""
    stopped_detail: str = ""
    left: int = 0
    distrusted: bool = False
    """What its process says of its end does not count."""


def judge(evidence: Evidence) -> Ending:
    """The ending that the evidence shows.

    A job that was told to stop and knew of it did not do all its work, even if it left in good
    order; one that was done before it looked did.
    """
    told = (not evidence.distrusted and evidence.told) or {}
    kept: dict[str, Any] = {"result": told.get("result"), "traceback": told.get("traceback")}
    if evidence.stopped_for == Cause.CANCELLED:
        return Ending(
            status=Status.REVOKED,
            cause=Cause.CANCELLED.value,
            detail=evidence.stopped_detail,
            **kept,
        )
    cut_short = bool(evidence.stopped_for and told.get("heard"))
    if told.get("status") == Status.SUCCESS and not cut_short:
        return Ending(status=Status.SUCCESS, **kept)
    cause, detail = _cause(evidence, told)
    return Ending(status=Status.FAILURE, cause=cause[:40], detail=detail[:500], **kept)


def _cause(evidence: Evidence, told: dict[str, Any]) -> tuple[str, str]:
    if evidence.over in _OVER:
        return _OVER[evidence.over]
    if evidence.stopped_for:
        return evidence.stopped_for, evidence.stopped_detail
    if told:
        cause = str(told.get("cause") or Cause.EXCEPTION)
        return cause, _sentence(cause, told)
    return _death(evidence.wait_status)


def _death(wait_status: int | None) -> tuple[str, str]:
    if wait_status is None:
        return Cause.WORKER_LOST.value, "The process of the run was lost."
    code = os.waitstatus_to_exitcode(wait_status)
    if code >= 0:
        return f"exit:{code}", f"The job's process left with code {code} before the job had ended."
    name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
    return f"signal:{-code}", f"The job's process was killed by signal {name}."


def _sentence(cause: str, told: dict[str, Any]) -> str:
    if cause.startswith("exit:"):
        return f"The job left with exit code {cause[5:]}."
    if cause == Cause.EXCEPTION:
        return _exception(told.get("result"))
    if cause.startswith(REFUSED):
        return _message(told.get("result"))
    return _SENTENCES.get(cause, "")


def _exception(result: Any) -> str:
    if not isinstance(result, dict) or "exc_type" not in result:
        return "The job raised an exception."
    said = _message(result)
    return f"{result['exc_type']}: {said}" if said else str(result["exc_type"])


def _message(result: Any) -> str:
    message = result.get("exc_message") if isinstance(result, dict) else None
    return ", ".join(str(each) for each in message) if isinstance(message, list) else str(message)


_OVER = {
    PROCESSES: (Cause.TOO_MANY_PROCESSES.value, "The job started more processes than it may."),
    MEMORY: (
        Cause.OUT_OF_MEMORY.value,
        "The processes of the job together needed more memory than a run may use.",
    ),
}
_SENTENCES = {
    Cause.FAILED_BY_JOB.value: "The job reported that it failed.",
    Cause.SOFT_TIME_LIMIT.value: "The job ran into its soft time limit.",
    Cause.OUT_OF_MEMORY.value: "The job needed more memory than it may use.",
}
