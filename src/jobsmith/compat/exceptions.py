"""``celery.exceptions``: what jobs raise or catch."""

from jobsmith.jobs import SoftTimeLimitExceeded


class CeleryError(Exception):
    """Base of the task queue's own errors."""


class TaskPredicate(CeleryError):
    """Base of those that end a task in a state of its own; here the run ends as failed."""


class Ignore(TaskPredicate):
    """The task wanted to leave no state."""


class Reject(TaskPredicate):
    """The task wanted to be refused."""


class Retry(TaskPredicate):
    """The task wanted to be tried again."""


class MaxRetriesExceededError(CeleryError):
    """The task was tried too often."""


class TimeLimitExceeded(Exception):
    """The hard time limit is over; a job never meets it, because its process is ended."""


__all__ = [
    "CeleryError",
    "Ignore",
    "MaxRetriesExceededError",
    "Reject",
    "Retry",
    "SoftTimeLimitExceeded",
    "TaskPredicate",
    "TimeLimitExceeded",
]
