"""Queries that would cost too much are refused: by what they ask for, then by what they read.

Lists without a limit may be short or long. They are guessed low at first, and `Budget` ends a
query whose lists turn out long.
"""

from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
)

from jobsmith.conf import conf
from jobsmith.errors import TooBroad

from .kind import Kind
from .kinds import KINDS

MAX_TOKENS = 5_000
MAX_DEPTH = 12
MAX_ALIASES = 50
MAX_COST = 200_000
"""Records that a query may ask for at most, all levels multiplied."""
FEW = 5
"""What a list below a record counts for that has no limit."""


@dataclass(slots=True)
class Budget:
    """How many records a query may still read."""

    left: int

    def take(self) -> None:
        """One record was read; raises TooBroad when that was one too many."""
        self.left -= 1
        if self.left < 0:
            raise TooBroad(
                f"The query reads more than {MAX_COST:,} records. "
                "Give its lists a limit, or ask for less below them."
            )


@dataclass(slots=True)
class _Bill:
    document: DocumentNode
    variables: dict[str, Any]
    few: int = FEW
    aliases: int = 0
    visits: int = 0
    fragments: dict[str, FragmentDefinitionNode] = field(default_factory=dict)

    def of(self, selections: Any, kind: Kind | None, depth: int) -> int:
        if depth > MAX_DEPTH:
            raise GraphQLError(f"The query is nested deeper than {MAX_DEPTH} levels.")
        total = sum(self._one(each, kind, depth) for each in selections.selections)
        if total > MAX_COST:
            raise GraphQLError(
                f"The query may ask for {total:,} records; {MAX_COST:,} are allowed. "
                "Give its lists a limit, or ask for less below them."
            )
        return total

    def _one(self, node: Any, kind: Kind | None, depth: int) -> int:
        self.visits += 1
        if self.visits > MAX_TOKENS:
            raise GraphQLError("The query repeats its fragments too often.")
        if isinstance(node, FragmentSpreadNode):
            fragment = self.fragments.get(node.name.value)
            return self.of(fragment.selection_set, kind, depth + 1) if fragment else 0
        if isinstance(node, InlineFragmentNode):
            return self.of(node.selection_set, kind, depth + 1)
        return self._field(node, kind, depth)

    def _field(self, node: FieldNode, kind: Kind | None, depth: int) -> int:
        self.aliases += node.alias is not None
        if self.aliases > MAX_ALIASES:
            raise GraphQLError(f"The query has more than {MAX_ALIASES} aliases.")
        if node.selection_set is None or node.name.value.startswith("__"):
            return 0
        below, count = self._target(node, kind)
        return count * (1 + self.of(node.selection_set, below, depth + 1))

    def _target(self, node: FieldNode, kind: Kind | None) -> tuple[Kind | None, int]:
        """What is below a field, and how many of it there may be."""
        name = node.name.value
        if kind is None:
            many = next((each for each in KINDS.values() if each.plural == name), None)
            return (many, self._limit(node)) if many else (KINDS.get(name), 1)
        if name in kind.many:
            return KINDS[kind.many[name].kind], self._limit(node, self.few)
        return KINDS.get(kind.one.get(name, "")), 1

    def _limit(self, node: FieldNode, unsaid: int | None = None) -> int:
        largest = conf().max_page_size
        for each in node.arguments or ():
            if each.name.value == "limit":
                if isinstance(each.value, IntValueNode):
                    return min(int(each.value.value[:9]), largest)
                if isinstance(each.value, VariableNode):
                    given = self.variables.get(each.value.name.value)
                    return min(given, largest) if isinstance(given, int) else largest
        return largest if unsaid is None else unsaid


def check_limits(document: DocumentNode, variables: dict[str, Any]) -> None:
    """Raise GraphQLError for a query that is too deep, too repetitive or too dear.

    Fragments must be known not to contain themselves: call it after validation.
    """
    bill = _Bill(document, variables)
    for each in document.definitions:
        if isinstance(each, FragmentDefinitionNode):
            bill.fragments[each.name.value] = each
    for each in document.definitions:
        if isinstance(each, OperationDefinitionNode):
            # A verb must not act and then find that its answer is too long.
            reads = each.operation is OperationType.QUERY
            bill.few = FEW if reads else conf().max_page_size
            bill.of(each.selection_set, None, 1)
