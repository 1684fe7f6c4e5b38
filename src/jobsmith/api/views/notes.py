"""Notes: below the record they are on, and all of them."""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from jobsmith import policies
from jobsmith.actions.write_note import write_note
from jobsmith.filters.tables import NOTES
from jobsmith.models import Note
from jobsmith.policies import Actor

from ..bodies import NoteBody
from ..describing import described
from ..serializers import NoteSerializer
from .base import RecordViewSet, represent
from .editable import EditableViewSet, field_errors


class NotesMixin(RecordViewSet):
    """``notes/`` below a record: whoever sees the record asks for the right to notes."""

    on_notes = {"notes": "view", "write_note": "view"}
    """What `rights` has to hold for them."""
    also = {"notes": ("view", Note), "write_note": ("add", Note)}

    @described(responses=NoteSerializer(many=True), filters=False)
    @action(detail=True)
    def notes(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Notes on the record, oldest first."""
        record = self.get_object()
        rows = policies.notes(request.user).filter(
            assigned_object_type=ContentType.objects.get_for_model(record),
            assigned_object_id=record.pk,
        )
        page = self.paginate_queryset(rows.order_by("created", "pk"))
        return self.get_paginated_response(represent(page or (), NoteSerializer, request))

    @described(request=NoteBody, responses={201: NoteSerializer})
    @notes.mapping.post
    def write_note(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Write a note on the record."""
        body = NoteBody(data=request.data)
        body.is_valid(raise_exception=True)
        with field_errors():
            note = write_note(
                self.get_object(), user=request.user, text=body.validated_data["note"]
            )
        return Response(represent([note], NoteSerializer, request)[0], status=201)


class NoteViewSet(EditableViewSet):
    """All notes on records in reach; new ones are written below their record."""

    model = Note
    serializer_class = NoteSerializer
    body_class = NoteBody
    filters = NOTES

    def rows(self, user: Actor, right: str) -> QuerySet[Note]:
        """Notes on which the user has the right."""
        return policies.notes(user, right)
