"""Statuses of a run, and causes of its end.

There is no sixth status: a run that waits for a retry, a slot, a time or a worker is PENDING
with a waiting reason; how a run ended is told by its cause.
"""

from enum import StrEnum


class Status(StrEnum):
    """Status of a run, as stored and as sent to API clients."""

    PENDING = "PENDING"
    STARTED = "STARTED"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    REVOKED = "REVOKED"


class Cause(StrEnum):
    """Why a run ended, where its status does not say enough.

    Two more families carry a number: ``signal:11`` (the job's process was killed by that
    signal) and ``exit:3`` (it left with that code); a third the code of a refusal:
    ``refused:source_broken``.
    """

    NONE = ""
    EXCEPTION = "exception"
    FAILED_BY_JOB = "failed_by_job"
    SOFT_TIME_LIMIT = "soft_time_limit"
    TIME_LIMIT = "time_limit"
    OUT_OF_MEMORY = "out_of_memory"
    TOO_MANY_PROCESSES = "too_many_processes"
    FILE_LIMIT = "file_limit"
    STORAGE_FAILED = "storage_failed"
    CANCELLED = "cancelled_by"
    REPLACED = "replaced"
    SKIPPED = "skipped"
    WORKER_LOST = "worker_lost"
    WORKER_STOPPED = "worker_stopped"
    PROTOCOL = "protocol"
    CODE_MISSING = "code_missing"
    NOT_STARTED = "not_started"
    NOT_APPROVED = "not_approved"
    JOB_DISABLED = "job_disabled"


REFUSED = "refused:"
"""How the cause begins of a run of our own jobs that an error of ours ended."""

LABELS: dict[Status, str] = {
    Status.PENDING: "Pending",
    Status.STARTED: "Running",
    Status.SUCCESS: "Succeeded",
    Status.FAILURE: "Failed",
    Status.REVOKED: "Cancelled",
}
"""Words for pages; API clients see the status itself."""

FINAL = frozenset({Status.SUCCESS, Status.FAILURE, Status.REVOKED})
"""A run in one of these never changes again."""


def is_final(status: str) -> bool:
    """Whether a run with this status has ended for good."""
    return status in FINAL
