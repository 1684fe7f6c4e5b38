"""Cells of the matrix: what is asked, and what must come of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Model

from . import oracle
from .asks import API, DATA, PAGE, SIGNED_IN, Asks
from .roles import Role
from .routes import PROBED, Route
from .table import POLICY
from .world import CLASSES, MISSING, OUTSIDE, OWN, Row, World, missing_key

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
ANONYMOUS = {PAGE: 302, DATA: 401, API: 403}


@dataclass(frozen=True)
class Cell:
    """One question."""

    route: Route
    method: str
    role: Role
    klass: str
    row: Row | None
    asks: Asks
    is_declared: bool = True
    """Otherwise the table does not name the method: it must do no more than GET does."""

    def __str__(self) -> str:
        query = f"?{self.asks.query}" if self.asks.query else ""
        return f"{self.method} {self.route.name}{query} | {self.role} | {self.klass}"

    @property
    def door(self) -> str:
        """How the address meets people who are not signed in."""
        return self.asks.door or (PAGE if self.route.name.startswith("jobsmith:") else API)

    @property
    def writes(self) -> bool:
        """Whether an allowed answer changes something."""
        return self.asks.changes if self.asks.changes is not None else self.method not in SAFE

    @property
    def key(self) -> Any:
        """The key to ask for."""
        if self.row is not None:
            return self.row.pk
        kind = kind_of(self.asks)
        return missing_key(kind) if kind else None

    @property
    def address(self) -> str:
        """Where to ask."""
        path = self.route.address(self.parts)
        return f"{path}?{self.asks.query.format(key=self.key)}" if self.asks.query else path

    @property
    def parts(self) -> dict[str, Any]:
        """Parts of the path."""
        asks = self.asks
        if asks.parts is not None:
            return asks.parts(self.row)
        in_path = (asks.row is not None and "{key}" not in asks.query) or asks.addressed
        return {"pk": self.key} if in_path else {}


def kind_of(asks: Asks) -> type[Model] | None:
    """The kind of row that classes are about."""
    if asks.creates and asks.named:
        return asks.named[0][1]
    right = asks.row or asks.bulk
    return right[1] if right else asks.addressed


# What there is to ask


def cells_of(world: World, role: Role, route: Route) -> Iterator[Cell]:
    """Every declared method of a route for every class, and what else the view may take."""
    declared = POLICY.get(route.name, {})
    for method, asks in declared.items():
        for each in asks.variants or (asks,):
            yield from _of_method(world, Cell(route, method, role, OWN, None, each))
    get = declared.get("GET", SIGNED_IN)
    if get.rights or get.row:
        head = Cell(route, "HEAD", role, OWN, None, replace(get, query=_needed(get)))
        yield from _of_method(world, head, (OUTSIDE,))
    if route.methods is None and (get.rights or route.named):
        yield from _undeclared(world, role, route)
    elif "GET" in declared and not route.name.startswith("jobsmith:"):
        options = Cell(route, "OPTIONS", role, OWN, None, _described(declared["GET"]))
        yield from _of_method(world, options, (OUTSIDE, MISSING))


def _needed(asks: Asks) -> str:
    """The query without which nothing is asked for."""
    return asks.query if "{key}" in asks.query else ""


def _described(asks: Asks) -> Asks:
    """OPTIONS tells which keys there are, to everybody who is signed in."""
    answers = asks.answers | {200, 405}
    return Asks(public=asks.public, addressed=kind_of(asks), answers=answers, parts=asks.parts)


def _undeclared(world: World, role: Role, route: Route) -> Iterator[Cell]:
    declared = POLICY.get(route.name, {})
    if not declared:
        return
    asks = declared.get("GET") or next(iter(declared.values()))
    asks = replace((asks.variants or (asks,))[0], changes=False, lists=None, send=None)
    for method in PROBED:
        if method not in declared:
            cell = Cell(route, method, role, OWN, None, asks, is_declared=False)
            yield from _of_method(world, cell, (OUTSIDE,))


def _of_method(world: World, cell: Cell, classes: tuple[str, ...] = CLASSES) -> Iterator[Cell]:
    asks, kind = cell.asks, kind_of(cell.asks)
    if kind is not None:
        for klass in classes:
            row = world.target(kind, klass, cell.role, asks.flavour)
            yield replace(cell, klass=klass, row=row)
    elif asks.creates is not None:
        for klass, area in ((OWN, "alpha"), (OUTSIDE, "beta")):
            yield replace(cell, klass=klass, row=Row(asks.creates, None, area))
    else:
        yield cell


# What must come of it


def expected(world: World, cell: Cell) -> int | None:
    """The status of a refusal; None where the answer must be none."""
    asks, role, row = cell.asks, cell.role, cell.row
    if asks.public:
        return None
    if not role.is_signed_in:
        return ANONYMOUS[cell.door]
    if not all(oracle.has(role, *right) for right in asks.rights):
        return 403
    if asks.row and (row is None or not oracle.reaches(role, asks.row[0], row)):
        return 404
    if asks.decide is not None:
        return asks.decide(world, role, row)
    if asks.creates:
        return _of_creation(asks, role, row)
    if row is None or not reaches_bulk(cell):
        return None
    return next((status for each in asks.then if (status := each(world, role, row))), None)


def _of_creation(asks: Asks, role: Role, row: Row | None) -> int | None:
    if asks.named and (row is None or not oracle.sees(role, row)):
        return 400
    if row is None or not asks.rights:
        return None
    scopes = role.scopes(*asks.rights[0])
    return None if any(oracle.holds(each, role, row) for each in scopes) else 403


def reaches_bulk(cell: Cell) -> bool:
    """Whether the body names a row in reach, where it names any."""
    if cell.asks.bulk is None:
        return True
    return cell.row is not None and oracle.reaches(cell.role, cell.asks.bulk[0], cell.row)


def is_hidden(cell: Cell) -> bool:
    """Whether the row is out of reach, or is not there at all, for somebody with the right."""
    right = cell.asks.row or next(iter(cell.asks.named), None)
    if right is None or not all(oracle.has(cell.role, *each) for each in cell.asks.rights):
        return False
    return cell.row is None or not oracle.reaches(cell.role, right[0], cell.row)
