"""Records as JSON. Serializers show; they hold no rule."""

from .access import GroupSerializer, PermissionSerializer, TokenSerializer
from .base import RecordSerializer, load, record_url
from .button import ButtonSerializer
from .hook import HookSerializer
from .job import JobSerializer, QueueSerializer
from .people import ScheduledJobSerializer, UserSerializer
from .records import (
    AssignmentSerializer,
    ChangeSerializer,
    GraphQLQuerySerializer,
    NoteSerializer,
    TagSerializer,
)
from .repository import RepositorySerializer
from .result import ConsoleLineSerializer, FileSerializer, LogEntrySerializer, ResultSerializer
from .worker import WorkerSerializer

__all__ = [
    "AssignmentSerializer",
    "ButtonSerializer",
    "ChangeSerializer",
    "ConsoleLineSerializer",
    "FileSerializer",
    "GraphQLQuerySerializer",
    "GroupSerializer",
    "HookSerializer",
    "JobSerializer",
    "LogEntrySerializer",
    "NoteSerializer",
    "PermissionSerializer",
    "QueueSerializer",
    "RecordSerializer",
    "RepositorySerializer",
    "ResultSerializer",
    "ScheduledJobSerializer",
    "TagSerializer",
    "TokenSerializer",
    "UserSerializer",
    "WorkerSerializer",
    "load",
    "record_url",
]
