"""One kind of record, and what of it can be asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model, QuerySet

from jobsmith import policies
from jobsmith.filters import FilterTable
from jobsmith.policies import Actor

CUSTOM = ("_custom_field_data",)
Read = Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """A list of related records."""

    kind: str
    via: str
    """The foreign key of the other record, or the name of a many-to-many relation."""
    many_to_many: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of record; only what is named here can be seen."""

    name: str
    plural: str
    model: type[Model]
    table: FilterTable
    rows: Callable[[Actor], QuerySet[Any]]
    route: str
    """Name of the record's address at the REST door."""
    columns: tuple[str, ...]
    told: Mapping[str, Read] = field(default_factory=dict)
    """Columns that clients are told in another form than they are stored in."""
    heavy: frozenset[str] = frozenset()
    """Columns that are only read when asked for."""
    one: Mapping[str, str] = field(default_factory=dict)
    """Kinds by foreign key."""
    many: Mapping[str, Many] = field(default_factory=dict)
    flags: Mapping[str, Read] = field(default_factory=dict)
    """Booleans that are no column."""
    words: Mapping[str, Read] = field(default_factory=dict)
    """Lists of strings that are no column."""
    texts: Mapping[str, Read] = field(default_factory=dict)
    """Strings that are no column; they may be null."""
    people: tuple[str, ...] = ()
    """Foreign keys to users, told as REST tells them: key, type and address."""
    blank: tuple[str, ...] = ()
    """Objects that are always empty."""
    empty: Mapping[str, str] = field(default_factory=dict)
    """Lists that are always empty, with the name of their type."""
    needs: Mapping[str, str] = field(default_factory=dict)
    """Relations that such fields read."""

    @property
    def type_name(self) -> str:
        """The name of its type."""
        return f"{self.model.__name__}Type"


def scoped(model: type[Model]) -> Callable[[Actor], QuerySet[Any]]:
    """Rows of the model in reach."""
    return lambda user: policies.viewable(model, user)
