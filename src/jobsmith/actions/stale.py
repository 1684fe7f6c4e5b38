"""Two people edit one record: the second is told, so that nothing is overwritten unseen."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.utils import timezone
from django.utils.formats import date_format

from jobsmith import policies
from jobsmith.errors import ChangedMeanwhile
from jobsmith.models import ObjectChange
from jobsmith.policies import Actor


@dataclass(frozen=True)
class Seen:
    """What somebody had before them who edits a record."""

    fields: tuple[str, ...]
    digest: str
    """Of their values then, as `digest_of` gave it; "" where the door did not ask for it."""


def digest_of(row: Model, fields: Iterable[str]) -> str:
    """What fields of a record hold, many-to-many ones too, in a few characters."""
    many = {each.name for each in row._meta.many_to_many}
    values = {name: _keys(row, name) if name in many else _plain(row, name) for name in fields}
    text = json.dumps(values, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def refuse_stale(row: Model, seen: Seen | None, user: Actor) -> None:
    """Raise ChangedMeanwhile when the record no longer holds what its editor saw.

    To be called on the row that the transaction holds, so that nobody can come in between.
    """
    if seen and seen.digest and seen.digest != digest_of(row, seen.fields):
        raise ChangedMeanwhile(_sentence(row, user))


def _keys(row: Model, name: str) -> list[str]:
    return sorted(str(key) for key in getattr(row, name).values_list("pk", flat=True))


def _plain(row: Model, name: str) -> object:
    return getattr(row, row._meta.get_field(name).attname)  # type: ignore[union-attr]


def _sentence(row: Model, user: Actor) -> str:
    """Who and when, as far as the trail tells it to this user."""
    kind = ContentType.objects.get_for_model(row)
    seen = policies.viewable(ObjectChange, user)
    last = seen.filter(changed_object_type=kind, changed_object_id=str(row.pk)).first()
    if last is None:
        return f"Somebody {ChangedMeanwhile.SAID}"
    when = date_format(timezone.localtime(last.time), "j M Y, H:i:s")
    return f"{last.user_name or 'Nobody'} {ChangedMeanwhile.SAID} ({when})"
