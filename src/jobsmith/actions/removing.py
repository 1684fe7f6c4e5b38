"""Take a row away, and what people wrote on it."""

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from jobsmith.audit import cascades, note_change, snapshot
from jobsmith.models import Note
from jobsmith.policies import NOTABLE, Actor

from .transactions import held


def remove(row: Model, *, user: Actor) -> None:
    """Delete the row with its notes and what cascades, each in the trail, inside the transaction.

    Raises NotFound when somebody was quicker: a row is deleted, and noted, once. Notes go along
    because nobody could reach them any more; the trail keeps what they said.
    """
    held(row)
    if isinstance(row, NOTABLE):
        kind = ContentType.objects.get_for_model(row)
        notes = Note.objects.select_for_update()
        for note in notes.filter(assigned_object_type=kind, assigned_object_id=row.pk):
            note_change(note, user=user, before=snapshot(note), deleted=True, related=row)
            note.delete()
    for along in cascades(row):
        note_change(along, user=user, before=snapshot(along), deleted=True, related=row)
    note_change(row, user=user, before=snapshot(row), deleted=True)
    row.delete()
