"""Bodies of writes: what may be sent, and how it is read."""

from .access import GroupBody, PermissionBody, TokenBody, UserBody
from .approvals import ApproveBody, DefinitionBody, SaidBody, StageDefinitionBody
from .base import ContentTypes, RecordBody, RelatedChoice
from .records import AssignmentBody, GraphQLQueryBody, NoteBody, QueueBody, TagBody

__all__ = [
    "ApproveBody",
    "DefinitionBody",
    "SaidBody",
    "StageDefinitionBody",
    "AssignmentBody",
    "ContentTypes",
    "GraphQLQueryBody",
    "GroupBody",
    "NoteBody",
    "PermissionBody",
    "QueueBody",
    "RecordBody",
    "RelatedChoice",
    "TagBody",
    "TokenBody",
    "UserBody",
]
