"""Which rows go along when one is deleted."""

from collections.abc import Iterator

from django.db import router
from django.db.models import Model
from django.db.models.deletion import Collector

from .watching import is_watched


def cascades(row: Model) -> Iterator[Model]:
    """Rows that the database takes away with this one and that the trail has to name.

    Bookkeeping, such as a million log lines, is not even read. Raises ProtectedError.
    """
    collector = Collector(using=router.db_for_write(type(row), instance=row), origin=row)
    collector.collect([row])
    for model, rows in collector.data.items():
        if _is_told(model):
            yield from (each for each in rows if each != row)
    for found in collector.fast_deletes:
        if _is_told(found.model):
            yield from found


def _is_told(model: type[Model]) -> bool:
    """Links of many-to-many relations are part of the rows that they link."""
    return is_watched(model) and not model._meta.auto_created
