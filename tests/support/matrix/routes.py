"""Every route that the resolver knows, with its methods as far as the route itself says them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, reverse
from django.urls.resolvers import RegexPattern

PROBED = ("GET", "POST", "PUT", "PATCH", "DELETE")
_PART = re.compile(r"<(?:\w+:)?(\w+)>")
NOWHERE = "0badc0de-0000-4000-8000-00000000dead"


@dataclass(frozen=True)
class Route:
    """An address; one without a name is called after its view."""

    name: str
    pattern: str
    named: bool
    methods: frozenset[str] | None
    """None where the view is a function, which takes what it takes."""

    def address(self, parts: Mapping[str, Any]) -> str:
        """The path with these parts in it."""
        if self.named:
            return reverse(self.name, kwargs=dict(parts))
        if self.pattern.endswith("$"):  # the one that takes all that is left
            return "/api/nowhere/"
        return "/" + _PART.sub(lambda part: str(parts.get(part[1], NOWHERE)), self.pattern)


def routes(urlconf: str = "jobsmith.urls") -> list[Route]:
    """All routes below an URLconf."""
    return list(_below(URLResolver(RegexPattern(r""), urlconf), (), ""))


def _below(resolver: Any, spaces: tuple[str, ...], prefix: str) -> Iterator[Route]:
    for each in resolver.url_patterns:
        pattern = prefix + str(each.pattern)
        if isinstance(each, URLPattern):
            name = ":".join([*spaces, each.name or each.callback.__name__])
            yield Route(name, pattern, bool(each.name), _methods(each.callback))
        else:
            inner = (*spaces, each.namespace) if each.namespace else spaces
            yield from _below(each, inner, pattern)


def _methods(view: Any) -> frozenset[str] | None:
    actions = getattr(view, "actions", None)
    if actions is not None:
        return frozenset(each.upper() for each in actions) & frozenset(PROBED)
    kind = getattr(view, "cls", None) or getattr(view, "view_class", None)
    if kind is None:
        return None
    names = (each.upper() for each in kind.http_method_names if hasattr(kind, each))
    return frozenset(names) & frozenset(PROBED)
