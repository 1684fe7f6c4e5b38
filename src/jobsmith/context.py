"""In whose name and through which door something is being changed."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeContext:
    """What the audit trail notes beside the change itself."""

    door: str = "orm"
    """``web``, ``job``, ``job-hook``, ``cli`` or ``orm``."""
    detail: str = ""
    """Where exactly: the name of a route, a command, a class path."""
    request_id: uuid.UUID = field(default_factory=uuid.uuid4)
    """One for all changes of one request, command or run."""
    actor: Any = None
    """The user for whom changes are made that name nobody, such as those of a sync."""


_current: ContextVar[ChangeContext | None] = ContextVar("jobsmith_change_context", default=None)


def change_context(request_id: uuid.UUID | None = None) -> ChangeContext:
    """The context in force; outside of any, one of plain code with that request id or a new one."""
    return _current.get() or ChangeContext(request_id=request_id or uuid.uuid4())


@contextmanager
def within(step: str) -> Iterator[None]:
    """Changes made inside are a step of what is going on; its name goes into the detail."""
    context = change_context()
    detail = f"{context.detail}: {step}" if context.detail else step
    with in_context(replace(context, detail=detail[:400])):
        yield


@contextmanager
def changing(*, door: str, detail: str = "", request_id: uuid.UUID | None = None) -> Iterator[None]:
    """Changes made inside belong together and came through this door."""
    outer = _current.get()
    context = ChangeContext(
        door=door,
        detail=detail[:400],
        request_id=request_id or uuid.uuid4(),
        actor=outer.actor if outer else None,
    )
    with in_context(context):
        yield


@contextmanager
def in_context(context: ChangeContext) -> Iterator[None]:
    """Changes made inside are part of that context, in whichever thread they are made."""
    token = _current.set(context)
    try:
        yield
    finally:
        _current.reset(token)
