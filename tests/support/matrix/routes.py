"""Every route that the resolver knows, with its methods as far as the route itself says them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver
from django.urls.resolvers import RegexPattern

PROBED = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Route:
    """An address."""

    name: str
    methods: frozenset[str] | None
    """None where the view is a function, which takes what it takes."""
    view: Any


def routes(urlconf: str = "jobsmith.urls") -> list[Route]:
    """All routes below an URLconf."""
    return list(_below(URLResolver(RegexPattern(r""), urlconf), ()))


def _below(resolver: Any, spaces: tuple[str, ...]) -> Iterator[Route]:
    for each in resolver.url_patterns:
        if isinstance(each, URLPattern):
            name = each.name or each.callback.__name__
            yield Route(":".join([*spaces, name]), _methods(each.callback), each.callback)
        else:
            yield from _below(each, (*spaces, each.namespace) if each.namespace else spaces)


def _methods(view: Any) -> frozenset[str] | None:
    actions = getattr(view, "actions", None)
    if actions is not None:
        return frozenset(each.upper() for each in actions) & frozenset(PROBED)
    kind = getattr(view, "cls", None) or getattr(view, "view_class", None)
    if kind is None:
        return None
    names = (each.upper() for each in kind.http_method_names if hasattr(kind, each))
    return frozenset(names) & frozenset(PROBED)
