"""Records as JSON. Serializers show; they hold no rule."""

from .base import RecordSerializer, load, record_url
from .job import JobEdit, JobSerializer, QueueSerializer
from .people import ScheduledJobSerializer, UserSerializer
from .result import FileSerializer, LogEntrySerializer, ResultSerializer

__all__ = [
    "FileSerializer",
    "JobEdit",
    "JobSerializer",
    "LogEntrySerializer",
    "QueueSerializer",
    "RecordSerializer",
    "ResultSerializer",
    "ScheduledJobSerializer",
    "UserSerializer",
    "load",
    "record_url",
]
