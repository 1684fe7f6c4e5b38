"""Run a job class in a plain test: no worker, no server, no database of its own."""

from .memory import LogLine
from .run_job import FinishedRun, run_job

__all__ = ["FinishedRun", "LogLine", "run_job"]
