"""Job hooks."""

from collections.abc import Mapping
from typing import Any

from jobsmith.actions.save_hook import create_hook, update_hook
from jobsmith.filters.tables import HOOKS
from jobsmith.models import JobHook

from ..bodies.hook import HookBody
from ..serializers import HookSerializer
from .editable import CreatableViewSet
from .notes import NotesMixin


class HookViewSet(NotesMixin, CreatableViewSet):
    """Job hooks."""

    model = JobHook
    serializer_class = HookSerializer
    body_class = HookBody
    filters = HOOKS
    rights = {**CreatableViewSet.rights, **NotesMixin.on_notes}

    def add(self, values: Mapping[str, Any]) -> JobHook:
        """Add it."""
        return create_hook(user=self.request.user, values=values)

    def change(self, record: JobHook, values: Mapping[str, Any]) -> JobHook:
        """Edit it."""
        return update_hook(record, user=self.request.user, values=values)
