"""Delete a plain record."""

from django.db.models import Model, ProtectedError

from jobsmith import policies
from jobsmith.errors import StillNeeded
from jobsmith.policies import Actor

from .removing import remove
from .transactions import changes


def delete_record(row: Model, *, user: Actor) -> None:
    """Delete it; raises NotAllowed, NotFound, StillNeeded (other records hold it) or Busy."""
    policies.require_on(user, "delete", row)
    with changes():
        try:
            remove(row, user=user)
        except ProtectedError as error:
            raise StillNeeded.by(list(error.protected_objects)) from error
