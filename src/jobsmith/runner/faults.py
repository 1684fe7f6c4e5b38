"""What went wrong while a run was served, as the cause of its end: no run may end its worker."""

import logging

from django.db import DatabaseError, InterfaceError, OperationalError

from jobsmith.lifecycle import Cause
from jobsmith.processes.frames import FrameBroken

logger = logging.getLogger("jobsmith.runner")

Unreachable = (OperationalError, InterfaceError)
"""The database is locked, away or restarting: keep everything and try again."""


class FilesRefused(Exception):
    """A run made more files, or larger ones, than it may; says so in a sentence."""


def cause_of(error: Exception) -> tuple[str, str]:
    """A cause and its sentence."""
    if isinstance(error, FrameBroken):
        return Cause.PROTOCOL.value, f"The job's process broke the protocol: {error}."
    if isinstance(error, FilesRefused):
        return Cause.FILE_LIMIT.value, str(error)
    if isinstance(error, OSError):
        return Cause.STORAGE_FAILED.value, f"What the run made could not be kept: {_why(error)}."
    if isinstance(error, DatabaseError):
        return Cause.PROTOCOL.value, f"What the job sent could not be stored: {error}"[:300]
    logger.error("A run could not be served", exc_info=error)
    kind = type(error).__name__
    return Cause.PROTOCOL.value, f"The job's process broke the protocol: {kind}."


def _why(error: OSError) -> str:
    """Without the path, which is the server's business."""
    return error.strerror or type(error).__name__
