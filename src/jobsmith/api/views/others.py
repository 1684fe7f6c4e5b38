"""Records that nest in jobs and runs: read-only here."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet

from jobsmith import policies
from jobsmith.models import JobQueue, ScheduledJob
from jobsmith.policies import Actor

from ..filters.tables import QUEUES, SCHEDULES, USERS
from ..serializers import QueueSerializer, ScheduledJobSerializer, UserSerializer
from .base import RecordViewSet


class QueueViewSet(RecordViewSet):
    """Queues."""

    model = JobQueue
    serializer_class = QueueSerializer
    filters = QUEUES

    def rows(self, user: Actor, right: str) -> QuerySet[JobQueue]:
        """Queues in reach."""
        return policies.queues(user)


class ScheduledJobViewSet(RecordViewSet):
    """Schedules."""

    model = ScheduledJob
    serializer_class = ScheduledJobSerializer
    filters = SCHEDULES


class UserViewSet(RecordViewSet):
    """Users."""

    model = get_user_model()
    serializer_class = UserSerializer
    filters = USERS

    def rows(self, user: Actor, right: str) -> QuerySet[Any]:
        """Users in reach."""
        return policies.viewable(get_user_model(), user)
