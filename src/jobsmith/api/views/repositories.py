"""Git repositories."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from jobsmith.actions.save_repository import (
    create_repository,
    delete_repository,
    update_repository,
)
from jobsmith.actions.sync_repository import sync_repository
from jobsmith.filters.tables import REPOSITORIES
from jobsmith.models import GitRepository

from ..bodies.repository import RepositoryBody, SyncBody
from ..describing import described
from ..serializers import RepositorySerializer, ResultSerializer
from .base import represent
from .editable import CreatableViewSet
from .notes import NotesMixin

SyncAnswer = type(
    "SyncAnswer",
    (serializers.Serializer,),
    {"message": serializers.CharField(), "job_result": ResultSerializer()},
)


class RepositoryViewSet(NotesMixin, CreatableViewSet):
    """Git repositories."""

    model = GitRepository
    serializer_class = RepositorySerializer
    body_class = RepositoryBody
    filters = REPOSITORIES
    rights = {**CreatableViewSet.rights, **NotesMixin.on_notes, "sync": "change"}

    def add(self, values: Mapping[str, Any]) -> GitRepository:
        """Add it; it is not fetched by that."""
        return create_repository(user=self.request.user, values=values)

    def change(self, record: GitRepository, values: Mapping[str, Any]) -> GitRepository:
        """Edit it."""
        return update_repository(record, user=self.request.user, values=values)

    def remove(self, record: GitRepository) -> None:
        """Delete it, and mark its jobs as no longer installed."""
        delete_repository(record, user=self.request.user)

    @described(request=SyncBody, responses=SyncAnswer)
    @action(detail=True, methods=["post"])
    def sync(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Fetch it in a run of its own."""
        repository = self.get_object()
        body = SyncBody(data=request.data)
        body.is_valid(raise_exception=True)
        dry_run = body.validated_data["dry_run"]
        result = sync_repository(repository, user=request.user, dry_run=dry_run, door="api")
        shown = represent([result], ResultSerializer, request)[0]
        message = f"Repository {repository} sync job added to queue."
        return Response({"message": message, "job_result": shown})
