"""Keep a GraphQL query, once it can be read."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from jobsmith.errors import InputsRefused
from jobsmith.models import GraphQLQuery
from jobsmith.policies import Actor

from .save_record import create_record, update_record
from .stale import Seen

MOST_TOKENS = 5_000
"""As many words and signs as a query that is sent may have."""


def create_query(*, user: Actor, values: Mapping[str, Any]) -> GraphQLQuery:
    """As `create_record`; InputsRefused also for a text that is no GraphQL."""
    _refuse_unreadable(values)
    return create_record(GraphQLQuery, user=user, values=values)


def update_query(
    row: GraphQLQuery, *, user: Actor, values: Mapping[str, Any], seen: Seen | None = None
) -> GraphQLQuery:
    """As `update_record`, with the check of `create_query`."""
    _refuse_unreadable(values)
    return update_record(row, user=user, values=values, seen=seen)


def _refuse_unreadable(values: Mapping[str, Any]) -> None:
    """By the language alone: what a query may ask for is up to whoever sends it."""
    if "query" not in values:
        return
    try:
        library = import_module("graphql")  # comes with an extra, and is large
    except ImportError:
        return
    try:
        library.parse(values["query"], max_tokens=MOST_TOKENS)
    except library.GraphQLError as error:
        raise InputsRefused({"query": [error.message]}) from error
    except RecursionError as error:
        raise InputsRefused({"query": ["The query is nested too deep."]}) from error
