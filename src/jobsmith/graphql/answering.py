"""How a verb finds its record and answers with what came of it."""

from collections.abc import Callable
from typing import Any

from graphql import GraphQLArgument, GraphQLID, GraphQLNonNull, GraphQLResolveInfo

from jobsmith.filters.fields import is_uuid

from .kinds import KINDS
from .planning import Asking, planned

KEY = {"id": GraphQLArgument(GraphQLNonNull(GraphQLID))}


def key_of(text: str) -> str:
    """A key that cannot be one finds nothing."""
    return text if is_uuid(text) else "00000000-0000-0000-0000-000000000000"


def answering(name: str, act: Callable[..., Any]) -> Callable[..., Any]:
    """Carry out the verb, then answer with the record as the caller may see it.

    What the answer shall show is planned first: a query that is refused must change nothing.
    """
    kind = KINDS[name]

    def resolve(_root: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        asking = Asking.of(info)
        shown = planned(kind.rows(asking.user), kind, asking, info.field_nodes)
        record = act(asking.user, **arguments)
        if not isinstance(record, kind.model):  # a run that waits for approval is none yet
            asking.caller.waiting.append(str(record.pk))
            return None
        return shown.filter(pk=record.pk).first()

    return resolve
