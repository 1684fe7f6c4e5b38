"""Create or edit a plain record: queues, tags, notes, permissions, groups and the like."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import Model

from jobsmith import policies
from jobsmith.audit import note_change, snapshot
from jobsmith.errors import InputsRefused
from jobsmith.policies import Actor

from .relating import whole_lists
from .stale import Seen, refuse_stale
from .transactions import changes, held

M = TypeVar("M", bound=Model)


def create_record(
    model: type[M], *, user: Actor, values: Mapping[str, Any], related: Model | None = None
) -> M:
    """Add a record with these fields (many-to-many ones as lists of rows).

    Raises NotAllowed without the right to add such a row, InputsRefused by field, or Busy.
    ``related`` is noted in the trail: the record that this one is about.
    """
    policies.require(user, "add", model)
    with changes():
        row = _write(model(), values, user)
        policies.require_still(user, "add", row)
        note_change(row, user=user, related=related)
    return row


def update_record(row: M, *, user: Actor, values: Mapping[str, Any], seen: Seen | None = None) -> M:
    """Change these fields of a record and return it as it is now.

    Of a list of rows those stay that the user cannot see.
    Raises NotAllowed, NotFound, InputsRefused by field, Busy, or ChangedMeanwhile where it no
    longer holds what its editor has ``seen``.
    """
    policies.require_on(user, "change", row)
    with changes():
        locked = held(row)
        refuse_stale(locked, seen, user)
        before = snapshot(locked)
        _write(locked, values, user)
        policies.require_still(user, "change", locked)
        note_change(locked, user=user, before=before)
    return locked


def _write(row: M, given: Mapping[str, Any], user: Actor) -> M:
    values = whole_lists(row, given, user)
    many = {each.name for each in row._meta.many_to_many}
    for name in values.keys() - many:
        setattr(row, name, values[name])
    try:
        row.full_clean()
        row.save()
    except ValidationError as error:
        raise InputsRefused(error.message_dict) from error
    except IntegrityError as error:
        raise InputsRefused({"__all__": ["Another record has these values already."]}) from error
    for name in values.keys() & many:
        getattr(row, name).set(values[name])
    return row
