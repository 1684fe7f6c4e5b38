"""Scalars and enums, and how a column of the database becomes one."""

from datetime import datetime
from functools import cache
from typing import Any

from django.db import models
from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLString,
    value_from_ast_untyped,
)

UUID = GraphQLScalarType("UUID", serialize=str, description="A UUID (RFC 9562).")
DATE_TIME = GraphQLScalarType(
    "DateTime",
    serialize=lambda value: value.isoformat() if isinstance(value, datetime) else str(value),
    description="A moment in ISO 8601.",
)
ANYTHING = GraphQLScalarType(
    "GenericScalar",
    parse_value=lambda value: value,
    parse_literal=value_from_ast_untyped,
    description="Any JSON value.",
)

_BY_FIELD: tuple[tuple[type, Any], ...] = (
    (models.UUIDField, UUID),
    (models.DateTimeField, DATE_TIME),
    (models.JSONField, ANYTHING),
    (models.BooleanField, GraphQLBoolean),
    (models.FloatField, GraphQLFloat),
    (models.IntegerField, GraphQLInt),
    (models.AutoField, GraphQLID),
)


def column_type(field: Any) -> Any:
    """The type of a column; what JSON holds may always be null."""
    found = _plain_type(field)
    optional = field.null or isinstance(field, models.JSONField)
    return found if optional else GraphQLNonNull(found)


def _plain_type(field: Any) -> Any:
    if field.choices:
        return _enum(field.model, field.name)
    for kind, found in _BY_FIELD:
        if isinstance(field, kind):
            return found
    return GraphQLString


@cache
def _enum(model: type[models.Model], name: str) -> GraphQLEnumType:
    """Upper-case names for the values, as clients know them."""
    field: Any = model._meta.get_field(name)
    words = name.replace("_", " ").title().replace(" ", "")
    values = {str(value).upper().replace("-", "_"): str(value) for value, _ in field.choices}
    return GraphQLEnumType(f"Extras{model.__name__}{words}Choices", values)
