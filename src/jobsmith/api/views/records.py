"""Assignments, tags, saved queries, and the audit trail."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from jobsmith import policies
from jobsmith.actions.assign_queue import assign_queue, move_assignment, unassign_queue
from jobsmith.actions.save_query import create_query, update_query
from jobsmith.filters.tables import (
    ASSIGNMENTS,
    CHANGES,
    GRAPHQL_QUERIES,
    TAGS,
)
from jobsmith.models import (
    GraphQLQuery,
    JobQueueAssignment,
    ObjectChange,
    Tag,
)
from jobsmith.policies import Actor

from ..bodies import AssignmentBody, GraphQLQueryBody, TagBody
from ..serializers import (
    AssignmentSerializer,
    ChangeSerializer,
    GraphQLQuerySerializer,
    TagSerializer,
)
from .base import RecordViewSet
from .editable import CreatableViewSet
from .notes import NotesMixin


class AssignmentViewSet(CreatableViewSet):
    """Which queues the runs of which jobs may wait in."""

    model = JobQueueAssignment
    serializer_class = AssignmentSerializer
    body_class = AssignmentBody
    filters = ASSIGNMENTS

    def rows(self, user: Actor, right: str) -> QuerySet[JobQueueAssignment]:
        """Assignments of jobs in reach."""
        return policies.assignments(user, right)

    def add(self, values: Mapping[str, Any]) -> JobQueueAssignment:
        """Put the job on the queue."""
        return assign_queue(values["job"], values["job_queue"], user=self.request.user)

    def change(self, record: JobQueueAssignment, values: Mapping[str, Any]) -> JobQueueAssignment:
        """Move the job to another queue."""
        return move_assignment(record, user=self.request.user, values=values)

    def remove(self, record: JobQueueAssignment) -> None:
        """Take the job off the queue."""
        unassign_queue(record, user=self.request.user)


class TagViewSet(NotesMixin, CreatableViewSet):
    """Tags."""

    model = Tag
    serializer_class = TagSerializer
    body_class = TagBody
    filters = TAGS
    rights = {**CreatableViewSet.rights, **NotesMixin.on_notes}


class GraphQLQueryViewSet(NotesMixin, CreatableViewSet):
    """Saved GraphQL queries."""

    model = GraphQLQuery
    serializer_class = GraphQLQuerySerializer
    body_class = GraphQLQueryBody
    filters = GRAPHQL_QUERIES
    rights = {**CreatableViewSet.rights, **NotesMixin.on_notes}

    def add(self, values: Mapping[str, Any]) -> GraphQLQuery:
        """Keep the query."""
        return create_query(user=self.request.user, values=values)

    def change(self, record: GraphQLQuery, values: Mapping[str, Any]) -> GraphQLQuery:
        """Change the query."""
        return update_query(record, user=self.request.user, values=values)


class ChangeViewSet(RecordViewSet):
    """The audit trail, newest first."""

    model = ObjectChange
    serializer_class = ChangeSerializer
    filters = CHANGES
