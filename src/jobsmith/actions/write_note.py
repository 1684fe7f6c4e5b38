"""Write a note on a record."""

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from jobsmith import policies
from jobsmith.models import Note
from jobsmith.policies import Actor

from .save_record import create_record


def write_note(row: Model, *, user: Actor, text: str) -> Note:
    """Add a note to a record that the user may view; raises as `create_record`."""
    policies.require_on(user, "view", row)
    values = {
        "assigned_object_type": ContentType.objects.get_for_model(row),
        "assigned_object_id": row.pk,
        "user_id": user.pk,
        "user_name": str(user.get_username())[:150],
        "note": text,
    }
    return create_record(Note, user=user, values=values, related=row)
