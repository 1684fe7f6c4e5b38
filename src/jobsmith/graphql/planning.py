"""What a query will need, fetched in one go: one query a level, however many records there are.

The plan is read from the query itself before the first record is fetched, and every level of it
comes from the policies, so nothing out of reach is ever loaded.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.db.models.query import ModelIterable
from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLResolveInfo,
    InlineFragmentNode,
    SelectionSetNode,
)
from graphql.execution.values import get_argument_values

from jobsmith.conf import conf
from jobsmith.filters import FiltersRefused, narrowed, searched, sorted_by
from jobsmith.policies import Actor

from .kind import Kind
from .kinds import KINDS
from .limits import Budget

PAGE_WORDS = frozenset({"limit", "offset", "q", "sort"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who sent a request, and how much its answer may still read."""

    user: Actor
    budget: Budget
    waiting: list[str] = field(default_factory=list)
    """Keys of scheduled jobs that wait for approval instead of the runs that were asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who asks, and with which query."""

    caller: Caller
    info: GraphQLResolveInfo[Any]

    @classmethod
    def of(cls, info: GraphQLResolveInfo[Any]) -> "Asking":
        """What a resolver was called with."""
        return cls(caller=info.context, info=info)

    @property
    def user(self) -> Actor:
        """Who asks."""
        return self.caller.user

    def fields(self, nodes: Sequence[FieldNode]) -> dict[str, list[FieldNode]]:
        """Fields below these ones, by the key of the answer."""
        found: dict[str, list[FieldNode]] = {}
        for node in nodes:
            for each in self._below(node.selection_set):
                key = each.alias.value if each.alias else each.name.value
                found.setdefault(key, []).append(each)
        return found

    def _below(self, selections: SelectionSetNode | None) -> Iterator[FieldNode]:
        for each in selections.selections if selections else ():
            if isinstance(each, FieldNode):
                yield each
            elif isinstance(each, InlineFragmentNode):
                yield from self._below(each.selection_set)
            elif isinstance(each, FragmentSpreadNode):
                yield from self._below(self.info.fragments[each.name.value].selection_set)

    def arguments(self, kind: Kind, node: FieldNode) -> dict[str, Any]:
        """The arguments of a field, with variables put in."""
        parent = self.info.schema.type_map[kind.type_name]
        assert isinstance(parent, GraphQLObjectType)  # noqa: S101 - we built it
        definition = parent.fields[node.name.value]
        return get_argument_values(definition, node, self.info.variable_values)


def rows_of(kind: Kind, asking: Asking, arguments: dict[str, Any]) -> QuerySet[Any]:
    """The rows of a kind in the caller's reach that match the arguments, in order."""
    wanted = [
        (name, [_text(each) for each in (value if isinstance(value, list) else [value])])
        for name, value in arguments.items()
        if name not in PAGE_WORDS and value is not None
    ]
    rows = narrowed(kind.rows(asking.user), kind.table, wanted, asking.user)
    rows = searched(rows, kind.table, arguments.get("q") or "", asking.user)
    return sorted_by(rows, kind.table, arguments.get("sort") or "", wanted)


def window_of(arguments: dict[str, Any]) -> tuple[int, int]:
    """First row and the one after the last; raises FiltersRefused for numbers below 0."""
    below = [name for name in ("limit", "offset") if (arguments.get(name) or 0) < 0]
    if below:
        raise FiltersRefused({name: ["Enter 0 or more."] for name in below})
    largest = conf().max_page_size
    offset, limit = arguments.get("offset") or 0, arguments.get("limit")
    return offset, offset + (largest if limit is None else min(limit, largest))


def planned(
    rows: QuerySet[Any], kind: Kind, asking: Asking, nodes: Sequence[FieldNode]
) -> QuerySet[Any]:
    """The rows with everything that the query wants to see below them."""
    below = asking.fields(nodes)
    names = {each[0].name.value for each in below.values()}
    lookups: list[Any] = [kind.needs[name] for name in names if name in kind.needs]
    for key, found in below.items():
        name = found[0].name.value
        if name in kind.one:
            lookups.append(_one(kind, name, key, asking, found))
        elif name in kind.many:
            lookups.append(_many(kind, name, key, asking, found))
    rows = rows.defer(*(kind.heavy - names)).prefetch_related(*lookups)
    return _billed(rows, asking.caller.budget)


def slot(key: str) -> str:
    """The attribute of a record that holds what one key of the answer shows."""
    return f"_answer_{key}"


def _one(kind: Kind, name: str, key: str, asking: Asking, nodes: list[FieldNode]) -> Any:
    target = KINDS[kind.one[name]]
    rows = planned(target.rows(asking.user), target, asking, nodes)
    return Prefetch(name, queryset=rows, to_attr=slot(key))


def _many(kind: Kind, name: str, key: str, asking: Asking, nodes: list[FieldNode]) -> Any:
    many = kind.many[name]
    target = KINDS[many.kind]
    arguments = asking.arguments(kind, nodes[0])
    rows = planned(rows_of(target, asking, arguments), target, asking, nodes)
    first, end = window_of(arguments)
    related = name if many.many_to_many else _reverse_name(target, many.via)
    return Prefetch(related, queryset=rows[first:end], to_attr=slot(key))


def _billed(rows: QuerySet[Any], budget: Budget) -> QuerySet[Any]:
    """The same rows, of which the database sends no more than the budget and one."""

    class Billed(ModelIterable):  # type: ignore[type-arg]
        def __iter__(self) -> Iterator[Any]:
            self.queryset.query.set_limits(high=budget.left + 1)
            for row in super().__iter__():
                budget.take()
                yield row

    rows = rows.all()
    rows._iterable_class = Billed
    return rows


def _reverse_name(target: Kind, via: str) -> str:
    field: Any = target.model._meta.get_field(via)
    return str(field.remote_field.get_accessor_name())


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
