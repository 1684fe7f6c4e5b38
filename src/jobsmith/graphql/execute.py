"""Run a query: read it, check it, and answer without ever telling more than a sentence."""

import logging
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError, ProgrammingError
from graphql import (
    DocumentNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    execute_sync,
    get_operation_ast,
    parse,
    validate,
)

from jobsmith.conf import conf
from jobsmith.database import DATABASE_FAULTS, database_refusal
from jobsmith.errors import (
    InputsRefused,
    JobsmithError,
    ScheduleRefused,
)
from jobsmith.filters import FiltersRefused
from jobsmith.policies import Actor

from .limits import MAX_COST, MAX_TOKENS, Budget, check_limits
from .planning import Caller
from .schema import schema

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request asks for."""

    query: str
    variables: dict[str, Any] = field(default_factory=dict)
    operation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back."""

    body: dict[str, Any]
    status: int = 200


def run_query(asked: Asked, *, user: Actor, may_write: bool = True) -> Answer:
    """Answer a query; 400 when it cannot be read or is not allowed, 200 with errors inside it.

    ``may_write`` is False for a token that may only read.
    """
    try:
        document = _checked(asked)
        operation = _operation(document, asked.operation)
        _refuse_writes(operation, may_write)
        check_limits(document, asked.variables)
    except GraphQLError as error:
        return Answer(body={"errors": [_formatted(error)]}, status=400)
    except _Invalid as invalid:
        return Answer(body={"errors": [_formatted(each) for each in invalid.errors]}, status=400)
    caller = Caller(user=user, budget=Budget(left=MAX_COST))
    result = execute_sync(
        schema(),
        document,
        context_value=caller,
        variable_values=asked.variables,
        operation_name=asked.operation,
    )
    more = {"extensions": {"waiting_for_approval": caller.waiting}} if caller.waiting else {}
    if not result.errors:
        return Answer(body={"data": result.data, **more})
    errors = [_formatted(each) for each in result.errors]
    if result.data is None and all(each.path is None for each in result.errors):
        return Answer(body={"errors": errors}, status=400)
    return Answer(body={"errors": errors, "data": result.data, **more})


class _Invalid(Exception):
    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__()
        self.errors = errors


def _checked(asked: Asked) -> DocumentNode:
    document = parse(asked.query, max_tokens=MAX_TOKENS)
    errors = validate(schema(), document, max_errors=20)
    if errors:
        raise _Invalid(errors)
    return document


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    found = get_operation_ast(document, name)
    if found is None:
        raise GraphQLError("Name the operation to run: the query has none of that name, or many.")
    return found


def _refuse_writes(operation: OperationDefinitionNode, may_write: bool) -> None:
    if operation.operation is OperationType.QUERY:
        return
    if not conf().graphql_mutations:
        name = str(operation.operation)
        raise GraphQLError(f"'{name}' is not a supported operation")
    if not may_write:
        raise GraphQLError("This token may only read.")


def _formatted(error: GraphQLError) -> dict[str, Any]:
    """The error for the client; what nobody foresaw goes to the log instead."""
    body: dict[str, Any] = {**error.formatted}
    cause = error.original_error
    if cause is None or isinstance(cause, GraphQLError):
        return body
    refusal = _refusal(cause)
    body["message"] = refusal.message
    body["extensions"] = {"code": refusal.code}
    if isinstance(refusal, InputsRefused | ScheduleRefused | FiltersRefused):
        body["extensions"]["errors"] = refusal.errors
    return body


def _refusal(cause: BaseException) -> JobsmithError:
    if isinstance(cause, JobsmithError):
        return cause
    if isinstance(cause, DATABASE_FAULTS):
        with suppress(ProgrammingError):
            return database_refusal(cause)
    if isinstance(cause, ValidationError):
        return JobsmithError("; ".join(cause.messages))
    if isinstance(cause, DataError | ValueError | OverflowError):
        return JobsmithError("A value does not fit.")
    logger.error("GraphQL query failed", exc_info=cause)
    return JobsmithError("The server failed to answer.")
