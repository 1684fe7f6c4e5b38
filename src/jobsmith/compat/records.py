"""``nautobot.extras.models``: the records of that name that exist here."""

from jobsmith import models

_SAME = (
    "GitRepository",
    "GraphQLQuery",
    "Job",
    "JobButton",
    "JobConsoleEntry",
    "JobHook",
    "JobLogEntry",
    "JobQueue",
    "JobQueueAssignment",
    "JobResult",
    "Note",
    "ObjectChange",
    "ScheduledJob",
    "Tag",
)
_FOUND = {
    **{name: vars(models)[name] for name in _SAME if name in vars(models)},
    "FileProxy": models.JobFile,
}
globals().update(_FOUND)

__all__ = list(_FOUND)
