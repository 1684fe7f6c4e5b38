"""Natural keys: how words, rather than an id, name a record."""

from functools import reduce
from typing import Any, ClassVar, TypeVar

from django.db import models

M = TypeVar("M", bound="Named")


class NaturalManager(models.Manager[M]):
    """Finds records by their natural key too."""

    def get_by_natural_key(self, *values: Any) -> M:
        """The record; raises DoesNotExist."""
        return self.get(**dict(zip(self.model.natural_fields, values, strict=True)))


class Named(models.Model):
    """A record that words tell apart from all others of its kind."""

    natural_fields: ClassVar[tuple[str, ...]] = ("name",)
    """Lookups whose values are the natural key."""

    objects = NaturalManager["Named"]()

    class Meta:
        abstract = True

    def natural_key(self) -> tuple[Any, ...]:
        """The values, in the order of `natural_fields`."""
        return tuple(reduce(getattr, path.split("__"), self) for path in self.natural_fields)
