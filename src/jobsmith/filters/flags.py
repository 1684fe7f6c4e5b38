"""Filters on JSON lists of words, and on whether anything was counted."""

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django import forms
from django.db.models import Model, Q, TextField
from django.db.models.functions import Cast

from jobsmith.policies import Actor

from .fields import Filter, WireBoolean

ALIASES = {"overridden_text": Cast("overridden", TextField())}
"""The list as text, which every database can search."""


@dataclass(frozen=True, slots=True)
class FlagFilter(Filter):
    """Whether an administrator holds a field, named by the only path."""

    def term(self, model: type[Model], path: str, lookup: str, values: list[Any], user: Actor) -> Q:
        """The quoted name stands in the list's text, or does not."""
        held = Q(overridden_text__contains=f'"{path}"')
        return reduce(or_, (held if each else ~held for each in values))


def flag(name: str) -> Filter:
    """``<name>_override``."""
    return FlagFilter((name,), WireBoolean, {"": ("exact", False)})


@dataclass(frozen=True, slots=True)
class WordFilter(Filter):
    """A word that a list holds; the only path is the list as text."""

    def term(self, model: type[Model], path: str, lookup: str, values: list[Any], user: Actor) -> Q:
        """One of the quoted words stands in the text."""
        return reduce(or_, (Q(**{f"{path}__contains": f'"{each}"'}) for each in values))


def word(path: str) -> Filter:
    """One of the words of a list."""
    return WordFilter((path,), forms.CharField, {"": ("exact", False), "n": ("exact", True)})


@dataclass(frozen=True, slots=True)
class CountFilter(Filter):
    """Whether there are any, where the only path says how many."""

    def term(self, model: type[Model], path: str, lookup: str, values: list[Any], user: Actor) -> Q:
        """More than none, or none."""
        any_at_all = Q(**{f"{path}__gt": 0})
        return reduce(or_, (any_at_all if each else ~any_at_all for each in values))


def counted(path: str) -> Filter:
    """Whether a counter counts any."""
    return CountFilter((path,), WireBoolean, {"": ("exact", False)})
