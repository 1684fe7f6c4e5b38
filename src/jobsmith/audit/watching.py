"""Notes what code changes through the ORM: that of a run, or that of the host. See decision 17.

A row is noted in the transaction in which it is changed: what is rolled back leaves no note.
``QuerySet.update``, ``bulk_create``, ``bulk_update`` and SQL pass by unseen.
"""

import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from django.apps import apps
from django.db import connections, router, transaction
from django.db.models import Model
from django.db.models.signals import m2m_changed, pre_delete

from jobsmith.context import ChangeContext, in_context
from jobsmith.models import (
    ConcurrencySlot,
    DueTime,
    HookFiring,
    IdempotencyKey,
    JobConsoleEntry,
    JobLogEntry,
    NotificationDelivery,
    NotificationEvent,
    ObjectChange,
    SourceTree,
    Tally,
    Worker,
)
from jobsmith.rights import Actor

from .snapshot import secrets, snapshot
from .trail import note_change

BOOKKEEPING = (
    ConcurrencySlot,
    DueTime,
    HookFiring,
    IdempotencyKey,
    JobConsoleEntry,
    JobLogEntry,
    NotificationDelivery,
    NotificationEvent,
    ObjectChange,
    SourceTree,
    Tally,
    Worker,
)
"""Rows of ours that are no decision of anybody."""
OTHERS = frozenset({"sessions.session", "admin.logentry"})
"""Rows of Django's own kind: a session's key must not lie in the trail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """A row as it was: what may be told of it, and what may only be compared."""

    shown: dict[str, Any]
    hidden: dict[str, Any] = field(repr=False)

    @classmethod
    def of(cls, row: Model) -> "_Known":
        return cls(shown=snapshot(row), hidden=secrets(row))


@dataclass
class Watcher:
    """Notes changes as made by the user in the context; None leaves it to the one in force."""

    user: Callable[[], Actor | None] = lambda: None
    context: ChangeContext | None = None
    watches: "Callable[[type[Model]], bool]" = lambda model: is_watched(model)
    _before: dict[tuple[object, ...], list[tuple[Model, _Known]]] = field(default_factory=dict)

    def start(self, heard: "Callable[[type[Model]], bool] | None" = None) -> None:
        """Watch records of this process from now on; deletions of those that ``heard`` names."""
        Model.save_base = self._noting(Model.save_base)  # type: ignore[method-assign]
        self.hear_deletions(heard or self.watches)
        m2m_changed.connect(self.on_links, weak=False)

    def hear_deletions(self, heard: "Callable[[type[Model]], bool]") -> None:
        """Only of these: Django deletes faster where nobody listens."""
        for model in filter(heard, apps.get_models()):
            pre_delete.connect(
                self.on_delete, sender=model, weak=False, dispatch_uid=("jobsmith", id(self))
            )

    def _within(self) -> AbstractContextManager[None]:
        return in_context(self.context) if self.context else nullcontext()

    def _noting(self, save_base: Callable[..., None]) -> Callable[..., None]:
        """Not by signals: without a transaction of the job's own, ``post_save`` comes too late."""

        @wraps(save_base)
        def save(row: Model, *args: Any, **kwargs: Any) -> None:
            if not self.watches(type(row)):
                return save_base(row, *args, **kwargs)
            using = kwargs.get("using") or router.db_for_write(type(row), instance=row)
            with transaction.atomic(using=using, savepoint=False):
                before = None if _is_new(row) else _known(row, using)
                save_base(row, *args, **kwargs)
                self._note(row, before, using)
            return None

        return save

    def on_delete(self, sender: object, instance: Model, **_: Any) -> None:
        """Note a row that is about to go; cascades come here one by one."""
        if not self.watches(type(instance)):
            return
        with self._within():
            note_change(instance, user=self.user(), before=snapshot(instance), deleted=True)

    def on_links(self, sender: Any, instance: Model, action: str, using: str, **more: Any) -> None:
        """Note the rows whose many-to-many relation changes, whichever side it was changed from."""
        if not self.watches(more["model"] if more["reverse"] else type(instance)):
            return
        moment, _, verb = action.partition("_")
        key = (threading.get_ident(), sender, id(instance), verb)
        if moment == "post":
            for row, before in self._before.pop(key, ()):
                self._note(row, before, using)
            return
        rows = list(_holders(sender, instance, using, **more))
        if rows:
            _first_in_line(using)
        self._before[key] = [(each, _Known.of(each)) for each in rows]

    def _note(self, row: Model, before: _Known | None, using: str) -> None:
        """As the database has it now: a field may have been set to an expression, or not saved."""
        stored = _stored(row, using)
        if stored is not None and (before is None or _Known.of(stored) != before):
            with self._within():
                shown = before.shown if before else None
                note_change(stored, user=self.user(), before=shown)


def is_watched(model: type[Model]) -> bool:
    """Whether changes of such rows are noted."""
    return not issubclass(model, BOOKKEEPING) and model._meta.label_lower not in OTHERS


def _is_new(row: Model) -> bool:
    """As Django decides it: a key that was made up for the row was never stored."""
    key = row._meta.pk
    return row.pk is None or (row._state.adding and key is not None and key.has_default())


def _known(row: Model, using: str) -> _Known | None:
    _first_in_line(using)
    stored = _stored(row, using)
    return None if stored is None else _Known.of(stored)


def _stored(row: Model, using: str) -> Model | None:
    return type(row)._base_manager.using(using).filter(pk=row.pk).first()


def _first_in_line(using: str) -> None:
    """On SQLite a transaction that reads first is refused when it writes and another one has.

    So it writes first, nothing, and waits for its turn.
    """
    if connections[using].vendor == "sqlite":
        ObjectChange.objects.using(using).filter(seal_number=-1).update(seal="")


def _holders(
    sender: Any,
    instance: Model,
    using: str,
    *,
    reverse: bool,
    model: type[Model],
    pk_set: set[Any] | None,
    **_: Any,
) -> Iterable[Model]:
    """The rows that declare the relation."""
    if not reverse:
        return [instance]
    rows = model._base_manager.using(using)
    if pk_set is not None:
        return rows.filter(pk__in=pk_set)
    links = (each for each in model._meta.many_to_many if each.remote_field.through is sender)
    return rows.filter(**{next(links).name: instance})
