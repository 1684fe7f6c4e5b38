"""The schema, built from the kinds of record and the verbs."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.db.models import ForeignKey
from django.urls import reverse
from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLString,
)

from jobsmith.filters.fields import WireBoolean
from jobsmith.filters.labels import USER_LABEL, wire_label

from .kind import Kind
from .kinds import KINDS
from .mutations import mutation_type
from .planning import Asking, planned, rows_of, slot, window_of
from .scalars import ANYTHING, UUID, column_type

Words = GraphQLList(GraphQLString)
PERSON = GraphQLObjectType(
    "RelatedUserType",
    {
        "id": GraphQLField(GraphQLNonNull(GraphQLID)),
        "object_type": GraphQLField(GraphQLNonNull(GraphQLString)),
        "url": GraphQLField(GraphQLNonNull(GraphQLString)),
    },
)


@cache
def schema() -> GraphQLSchema:
    """The one schema of this process."""
    types = {name: _object_type(kind) for name, kind in KINDS.items()}
    _link(types)
    fields: dict[str, GraphQLField] = {}
    for name, kind in KINDS.items():
        key = {"id": GraphQLArgument(GraphQLNonNull(GraphQLID))}
        fields[name] = GraphQLField(types[name], args=key, resolve=_single(kind))
        fields[kind.plural] = GraphQLField(
            GraphQLList(types[name]), args=_arguments(kind), resolve=_plural(kind)
        )
    query = GraphQLObjectType("Query", dict(sorted(fields.items())))
    return GraphQLSchema(query=query, mutation=mutation_type(types))


def _object_type(kind: Kind) -> GraphQLObjectType:
    return GraphQLObjectType(kind.type_name, _plain_fields(kind))


def _plain_fields(kind: Kind) -> dict[str, GraphQLField]:
    fields = {
        name: GraphQLField(column_type(_column(kind, name)), resolve=_resolver(kind, name))
        for name in kind.columns
    }
    for name, read in kind.flags.items():
        fields[name] = GraphQLField(GraphQLNonNull(GraphQLBoolean), resolve=_reading(read))
    for name, read in kind.words.items():
        fields[name] = GraphQLField(Words, resolve=_reading(read))
    for name, read in kind.texts.items():
        fields[name] = GraphQLField(GraphQLString, resolve=_reading(read))
    for name in kind.people:
        fields[name] = GraphQLField(PERSON, resolve=_person(name))
    for name in kind.blank:
        fields[name] = GraphQLField(ANYTHING, resolve=_reading(lambda _record: {}))
    for name, of in kind.empty.items():
        fields[name] = GraphQLField(_unknown(of), resolve=_reading(lambda _record: []))
    fields["display"] = GraphQLField(GraphQLNonNull(GraphQLString), resolve=_reading(str))
    fields["url"] = GraphQLField(GraphQLString, resolve=_address(kind.route))
    label = wire_label(kind.model)
    fields["object_type"] = GraphQLField(
        GraphQLNonNull(GraphQLString), resolve=_reading(lambda _record: label)
    )
    return fields


def _person(name: str) -> Callable[..., Any]:
    """Who it is, by the key alone: no user is read for it."""

    def resolve(record: Any, _info: GraphQLResolveInfo[Any]) -> dict[str, Any] | None:
        key = getattr(record, f"{name}_id")
        if key is None:
            return None
        url = reverse("jobsmith-api:user-detail", args=[key])
        return {"id": key, "object_type": USER_LABEL, "url": url}

    return resolve


def _unknown(name: str) -> Any:
    """A list of records that do not exist here."""
    fields = {"id": GraphQLField(UUID), "name": GraphQLField(GraphQLString)}
    return GraphQLList(GraphQLObjectType(name, fields))


def _address(route: str) -> Callable[..., Any]:
    """The record's address at the REST door."""
    return lambda record, _info: reverse(f"jobsmith-api:{route}", args=[record.pk])


def _resolver(kind: Kind, name: str) -> Callable[..., Any]:
    return _reading(kind.told[name]) if name in kind.told else _attribute(name)


def _link(types: dict[str, GraphQLObjectType]) -> None:
    """Relations, once all types are there."""
    for name, kind in KINDS.items():
        fields = types[name].fields
        for key, target in kind.one.items():
            fields[key] = GraphQLField(types[target], resolve=_slot)
        for key, many in kind.many.items():
            fields[key] = GraphQLField(
                GraphQLList(types[many.kind]),
                args=_arguments(KINDS[many.kind]),
                resolve=_slot,
            )


def _arguments(kind: Kind) -> dict[str, GraphQLArgument]:
    """Every filter of the list with its suffixes, and the words that page through it."""
    arguments = {
        "limit": GraphQLArgument(GraphQLInt),
        "offset": GraphQLArgument(GraphQLInt),
        "q": GraphQLArgument(GraphQLString),
        "sort": GraphQLArgument(GraphQLString),
    }
    for name, each in kind.table.filters.items():
        boolean = each.field is WireBoolean
        for suffix in each.lookups:
            word = f"{name}__{suffix}" if suffix else name
            of = GraphQLBoolean if boolean or suffix == "isnull" else Words
            arguments[word] = GraphQLArgument(of)
    return arguments


def _single(kind: Kind) -> Callable[..., Any]:
    def resolve(_root: Any, info: GraphQLResolveInfo[Any], id: str) -> Any:
        asking = Asking.of(info)
        rows = planned(rows_of(kind, asking, {"id": id}), kind, asking, info.field_nodes)
        return rows.first()

    return resolve


def _plural(kind: Kind) -> Callable[..., Any]:
    def resolve(_root: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        asking = Asking.of(info)
        first, end = window_of(arguments)
        rows = planned(rows_of(kind, asking, arguments), kind, asking, info.field_nodes)
        return list(rows[first:end])

    return resolve


def _column(kind: Kind, name: str) -> Any:
    found = kind.model._meta.get_field(name)
    assert not isinstance(found, ForeignKey), name  # noqa: S101 - relations are `one`
    return found


def _attribute(name: str) -> Callable[..., Any]:
    return lambda record, _info: getattr(record, name)


def _reading(read: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda record, _info: read(record)


def _slot(record: Any, info: GraphQLResolveInfo[Any], **_arguments: Any) -> Any:
    """What was fetched, which the database has cut already."""
    return getattr(record, slot(str(info.path.key)))
