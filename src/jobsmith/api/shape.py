"""How much of a record a request wants to see."""

from dataclasses import dataclass, replace

from rest_framework.request import Request

MAX_DEPTH = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The query parameters that change what an answer holds, not which rows it has."""

    depth: int = 0
    """0 shows a related record as its id, type and address; more nests it whole."""
    exclude_m2m: bool | None = None
    """None leaves out lists of related records but tags; True those too; False shows all."""
    include: frozenset[str] = frozenset()
    nested: bool = False
    everything: bool = False
    """For the schema: every key there may be."""

    @property
    def shows_tags(self) -> bool:
        """Whether ``tags`` is a key."""
        return self.everything or (not self.nested and self.exclude_m2m is not True)

    @property
    def shows_many(self) -> bool:
        """Whether lists of related records are keys."""
        return self.everything or self.exclude_m2m is False

    def includes(self, name: str) -> bool:
        """Whether an optional key was asked for."""
        return self.everything or name in self.include

    def one_deeper(self) -> "Shape":
        """The shape of a nested record."""
        return replace(self, depth=self.depth - 1, nested=True, include=frozenset())


WRITTEN = frozenset({"computed_fields", "relationships"})
"""Optional keys that answers to writes always have."""


def shape_of(request: Request, *, include: frozenset[str] = frozenset()) -> Shape:
    """The shape that a request asks for; what cannot be read counts as not given."""
    params = request.query_params
    excluded = params.get("exclude_m2m", "").lower()
    return Shape(
        depth=_depth(params.get("depth", "")),
        exclude_m2m={"true": True, "1": True, "false": False, "0": False}.get(excluded),
        include=include | frozenset(params.getlist("include")),
    )


def _depth(text: str) -> int:
    return min(int(text), MAX_DEPTH) if text.isdecimal() and len(text) < 4 else 0
