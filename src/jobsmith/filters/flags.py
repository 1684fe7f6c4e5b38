"""Filters on override flags, which live in a JSON list of names."""

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Model, Q, TextField
from django.db.models.functions import Cast

from .fields import Filter, WireBoolean

ALIASES = {"overridden_text": Cast("overridden", TextField())}
"""The list as text, which every database can search."""


@dataclass(frozen=True, slots=True)
class FlagFilter(Filter):
    """Whether an administrator holds a field, named by the only path."""

    def term(self, model: type[Model], path: str, lookup: str, values: list[Any]) -> Q:
        """The quoted name stands in the list's text, or does not."""
        held = Q(overridden_text__contains=f'"{path}"')
        return reduce(or_, (held if each else ~held for each in values))


def flag(name: str) -> Filter:
    """``<name>_override``."""
    return FlagFilter((name,), WireBoolean, {"": ("exact", False)})
