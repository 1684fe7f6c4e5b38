"""What a route asks for, in the words of the table."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Model

from . import oracle
from .roles import Role
from .world import Row, World, missing_key

PAGE, DATA, API = "page", "data", "api"
"""Doors, by how they meet somebody who is not signed in: they send to sign in, 401, 403."""

Right = tuple[str, type[Model]]
"""An action and a kind of record."""
Body = Callable[[World, Role, Row | None], Any]
"""A valid body for a target."""
Refusal = Callable[[World, Role, Row], int | None]
"""A status, where something else than the right to the row stands against it."""
Decision = Callable[[World, Role, Row | None], int | None]
"""The same, also for a row that is missing."""


@dataclass(frozen=True, kw_only=True)
class Asks:
    """What one method of one route asks for before it answers."""

    public: bool = False
    rights: tuple[Right, ...] = ()
    """Asked for before any look-up: 403 where one is missing altogether."""
    row: Right | None = None
    """On the row that the address names: 404 where it is out of reach, as where it is missing."""
    addressed: type[Model] | None = None
    """The kind of row in the address, where no right to it is asked for."""
    flavour: str = ""
    """Which of the rows of a class: ``waiting`` is a run that has not started."""
    then: tuple[Refusal, ...] = ()
    decide: Decision | None = None
    """What refuses, where that is none of the usual."""
    lists: type[Model] | None = None
    """The answer shows exactly the rows of this kind in reach."""
    below: bool = False
    """Of these only those that hang on the row that the address names."""
    bulk: Right | None = None
    """The body names rows; those out of reach are skipped, as missing ones are."""
    creates: type[Model] | None = None
    named: tuple[Right, ...] = ()
    """On the row that the body names: 400 where it is out of reach, as where it is missing."""
    send: Body | None = None
    query: str = ""
    """``{key}`` in it stands for the key of the row, which is then not in the path."""
    parts: Callable[[Row | None], dict[str, Any]] | None = None
    """Parts of the path, where they are not just the key of the row."""
    spelled: Callable[[Row | None], list[str]] = lambda _row: []
    """What else names the row in the question, and so may stand in the answer."""
    answers: frozenset[int] = frozenset()
    """Statuses of an answer that is none of the refusals; else 200, of a write below 400."""
    changes: bool | None = None
    """Whether an allowed answer changes something; None leaves it to the method."""
    door: str = ""
    streams: bool = False
    variants: "tuple[Asks, ...]" = ()
    """The same method with another query."""


def view(kind: type[Model]) -> Right:
    """The right to see."""
    return "view", kind


DEEP = "depth=2&exclude_m2m=false"
"""Asks the REST door for all that a record nests."""

PUBLIC = Asks(public=True)
SIGNED_IN = Asks()


def shows(kind: type[Model], *more: type[Model], **fields: Any) -> Asks:
    """A row, to whoever may see it; ``more`` are kinds whose right is asked for beside that."""
    return Asks(rights=(view(kind), *map(view, more)), row=view(kind), **fields)


def acts(action: str, kind: type[Model], *more: Right, **fields: Any) -> Asks:
    """An act on a row that takes a right to it."""
    return Asks(rights=((action, kind), *more), row=(action, kind), **fields)


def lists(kind: type[Model], **fields: Any) -> Asks:
    """The rows of a kind in reach."""
    return Asks(rights=(view(kind),), lists=kind, **fields)


def makes(kind: type[Model], send: Any, *more: Right, **fields: Any) -> Asks:
    """A new row of a kind; ``send`` takes the area in whose reach it shall be."""
    return Asks(rights=(("add", kind), *more), creates=kind, send=_body(send), **fields)


def edits(action: str, kind: type[Model], send: Any = None, **fields: Any) -> Asks:
    """Many rows at once; the body names them."""

    def body(world: World, role: Role, row: Row | None) -> Any:
        values = _body(send)(world, role, row) if send else {}
        return [{"id": str(row.pk) if row else str(missing_key(kind)), **values}]

    return Asks(rights=((action, kind),), bulk=(action, kind), send=body, **fields)


def ticked(action: str, kind: type[Model], send: Any = None, **fields: Any) -> dict[str, Asks]:
    """A page that asks about rows ticked in a list, and then acts on them."""
    asks = Asks(rights=((action, kind),), bulk=(action, kind))

    def body(_world: World, _role: Role, row: Row | None) -> Any:
        return {"pk": row.pk if row else missing_key(kind), **(send or {})}

    return {"GET": replace(asks, query="pk={key}"), "POST": replace(asks, send=body, **fields)}


def pages(
    name: str,
    list_name: str,
    kind: type[Model],
    form: Any,
    *,
    stays: tuple[Refusal, ...] = (),
) -> dict[str, dict[str, Asks]]:
    """List, add, show and edit, delete: the pages of a plain record; ``form`` is what is sent."""
    send = _body(form)
    return {
        f"jobsmith:{list_name}": {"GET": lists(kind)},
        f"jobsmith:{name}_add": {
            "GET": Asks(rights=(("add", kind),)),
            "POST": makes(kind, form),
        },
        f"jobsmith:{name}": {"GET": shows(kind), "POST": acts("change", kind, send=send)},
        f"jobsmith:{name}_delete": {
            "GET": acts("delete", kind),
            "POST": acts("delete", kind, send=_body({}), then=stays),
        },
    }


def _body(send: Any) -> Body:
    return send if callable(send) else lambda _world, _role, _row: send


def records(
    route: str,
    kind: type[Model],
    *,
    new: Any = None,
    put: Any = None,
    patch: Any = None,
    deletes: bool = True,
    stays: tuple[Refusal, ...] = (),
    **fields: Any,
) -> dict[str, dict[str, Asks]]:
    """The list and the detail address of a kind of record at the REST door.

    ``new``, ``put`` and ``patch`` are bodies of those methods, where there are any; ``stays`` says
    what else than rights stands against a deletion.
    """
    many: dict[str, Asks] = {"GET": lists(kind, query=f"{DEEP}&limit=0")}
    one: dict[str, Asks] = {"GET": shows(kind, query=DEEP)}
    if new is not None:
        many["POST"] = makes(kind, new, query=DEEP, **fields)
    for method, body in (("PUT", put), ("PATCH", patch)):
        if body is not None:
            many[method] = edits("change", kind, body, query=DEEP)
            one[method] = acts("change", kind, send=_body(body), query=DEEP)
    if deletes:
        many["DELETE"] = edits("delete", kind, then=stays)
        one["DELETE"] = acts("delete", kind, then=stays)
    return {f"{route}-list": many, f"{route}-detail": one}


def without_rights(table: dict[str, dict[str, Asks]]) -> dict[str, dict[str, Asks]]:
    """OWN: everybody may use these addresses for their own rows, so no right is asked first."""
    return {
        route: {method: replace(each, rights=()) for method, each in methods.items()}
        for route, methods in table.items()
    }


def cancellable(_world: World, role: Role, run: Row) -> int | None:
    """Whoever sees a run may cancel it where it is their own, or they may change it."""
    return None if oracle.may_cancel(role, run) else 403


def runs_its_job(world: World, role: Role, run: Row) -> int | None:
    """The run's job must be in reach to run, and there."""
    job = oracle.job_of(world, run)
    return installed(world, role, job) if oracle.reaches(role, "run", job) else 404


def runs_as_another(_world: World, role: Role, row: Row) -> int | None:
    """What runs in one's own name already cannot be taken over."""
    return 400 if row.owner == role.name else None


def installed(_world: World, _role: Role, row: Row) -> int | None:
    """A job that is no longer there cannot be run."""
    return None if row.installed else 405
