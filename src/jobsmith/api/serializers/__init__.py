"""Records as JSON. Serializers show; they hold no rule."""

from .access import GroupSerializer, PermissionSerializer, TokenSerializer
from .approvals import (
    ApprovalWorkflowSerializer,
    ApprovalWorkflowStageSerializer,
    DefinitionSerializer,
    ResponseSerializer,
    StageDefinitionSerializer,
)
from .base import RecordSerializer, load, record_url
from .button import ButtonSerializer
from .hook import HookSerializer
from .job import JobSerializer, QueueSerializer
from .notifications import DeliverySerializer, NotificationRuleSerializer
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
from .webhook import WebhookDeliverySerializer, WebhookSerializer
from .worker import WorkerSerializer

__all__ = [
    "ApprovalWorkflowSerializer",
    "ApprovalWorkflowStageSerializer",
    "AssignmentSerializer",
    "ButtonSerializer",
    "ChangeSerializer",
    "ConsoleLineSerializer",
    "DefinitionSerializer",
    "DeliverySerializer",
    "FileSerializer",
    "GraphQLQuerySerializer",
    "GroupSerializer",
    "HookSerializer",
    "JobSerializer",
    "LogEntrySerializer",
    "NoteSerializer",
    "NotificationRuleSerializer",
    "PermissionSerializer",
    "QueueSerializer",
    "RecordSerializer",
    "RepositorySerializer",
    "ResponseSerializer",
    "ResultSerializer",
    "ScheduledJobSerializer",
    "StageDefinitionSerializer",
    "TagSerializer",
    "TokenSerializer",
    "UserSerializer",
    "WebhookDeliverySerializer",
    "WebhookSerializer",
    "WorkerSerializer",
    "load",
    "record_url",
]
