"""Notes what bulk operations change, which pass by ``save()`` and by signals unseen."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet

from jobsmith.models import ObjectChange
from jobsmith.redact import is_secret
from jobsmith.rights import Actor

from .snapshot import columns_of, plain, secrets
from .trail import change_of

CHUNK = 500
"""Rows read or noted in one query."""

_Known = tuple[Model, dict[str, Any], dict[str, Any]]
"""A row, what may be told of it, and what may only be compared."""


@contextmanager
def record_changes(rows: QuerySet[Any], *, user: Actor | None = None) -> Iterator[None]:
    """Note what the code inside does to these rows: updates and deletions, by whatever way.

    One transaction around all of it. ``user`` is who changes them, where the context does not say.
    """
    model = rows.model
    with transaction.atomic(using=rows.db):
        before = {row.pk: known for chunk in _chunks(rows) for row, *known in chunk}
        yield
        _note_differences(model, before, rows.db, user)


def record_created(rows: Iterable[Model], *, user: Actor | None = None) -> None:
    """Note rows that were added in bulk; call it in the transaction in which they were."""
    for chunk in _parts(list(rows)):
        shown = _known_of(chunk)
        _keep(change_of(row, user=user, before=None, after=told) for row, told, _ in shown)


def _note_differences(
    model: type[Model], before: dict[Any, Any], using: str, user: Actor | None
) -> None:
    for keys in _parts(list(before)):
        rows = list(model._base_manager.using(using).filter(pk__in=keys))
        there = {row.pk: (row, told, hidden) for row, told, hidden in _known_of(rows)}
        changes = []
        for key in keys:
            told, hidden, was = before[key]
            if key not in there:
                changes.append(change_of(was, user=user, before=told, after=None))
            elif there[key][1:] != (told, hidden):
                row, now, _ = there[key]
                changes.append(change_of(row, user=user, before=told, after=now))
        _keep(changes)


def _keep(changes: Iterable[ObjectChange]) -> None:
    ObjectChange.objects.bulk_create(changes, batch_size=CHUNK)


def _chunks(rows: QuerySet[Any]) -> Iterator[list[tuple[Any, Any, Any, Any]]]:
    for keys in _parts(list(rows.order_by().values_list("pk", flat=True))):
        found = list(rows.model._base_manager.using(rows.db).filter(pk__in=keys))
        yield [(row, told, hidden, row) for row, told, hidden in _known_of(found)]


def _known_of(rows: Sequence[Any]) -> list[_Known]:
    """As `snapshot` has them, with one query for each many-to-many relation of them all."""
    if not rows:
        return []
    links = {
        each.name: _linked(each, [row.pk for row in rows])
        for each in type(rows[0])._meta.many_to_many
        if not is_secret(type(rows[0]), each.name)
    }
    return [
        (
            row,
            plain({**columns_of(row), **{name: found[row.pk] for name, found in links.items()}}),
            secrets(row),
        )
        for row in rows
    ]


def _linked(field: Any, keys: Sequence[Any]) -> dict[Any, list[str]]:
    source, target = field.m2m_field_name(), field.m2m_reverse_field_name()
    rows = field.remote_field.through._base_manager.filter(**{f"{source}__in": keys})
    found: dict[Any, list[str]] = defaultdict(list)
    for key, other in rows.order_by(target).values_list(f"{source}_id", f"{target}_id"):
        found[key].append(str(other))
    return found


def _parts(items: list[Any]) -> Iterator[list[Any]]:
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))
