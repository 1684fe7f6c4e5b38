"""What is recorded: one file a record, no behaviour beyond the row."""

from .git_repository import GitRepository
from .job import OVERRIDABLE_FIELDS, Job, effective
from .job_console_entry import JobConsoleEntry
from .job_file import JobFile
from .job_log_entry import JobLogEntry
from .job_queue import JobQueue, JobQueueAssignment
from .job_result import JobResult
from .scheduled_job import ScheduledJob
from .source import Source, SourceProblem, SourceTree
from .token import Token
from .worker import Worker, WorkerQuerySet

__all__ = [
    "GitRepository",
    "Job",
    "JobConsoleEntry",
    "JobFile",
    "JobLogEntry",
    "JobQueue",
    "JobQueueAssignment",
    "JobResult",
    "OVERRIDABLE_FIELDS",
    "ScheduledJob",
    "Source",
    "SourceProblem",
    "SourceTree",
    "Token",
    "Worker",
    "WorkerQuerySet",
    "effective",
]
