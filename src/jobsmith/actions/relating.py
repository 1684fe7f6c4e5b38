"""Lists of related records, as whoever writes them means them."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, QuerySet

from jobsmith import policies
from jobsmith.errors import InputsRefused
from jobsmith.models import Tag
from jobsmith.policies import Actor


def whole_lists(row: Model, values: Mapping[str, Any], user: Actor) -> dict[str, Any]:
    """The values, with lists that keep those related records which the user cannot see.

    Who cannot see a record cannot leave it out on purpose. Raises InputsRefused for a tag that
    is not for such records.
    """
    many = {each.name for each in row._meta.many_to_many} & values.keys()
    if "tags" in many:
        _refuse_misplaced(row, values["tags"])
    if row._state.adding:
        return dict(values)
    kept = {name: [*values[name], *_unseen(getattr(row, name).all(), user)] for name in many}
    return {**values, **kept}


def _unseen(related: QuerySet[Any], user: Actor) -> list[Any]:
    """Kinds of record are no rows that anybody could be kept from."""
    if related.model is ContentType or policies.reaches_all(user, "view", related.model):
        return []
    seen = policies.viewable(related.model, user)
    return list(related.exclude(pk__in=seen.values("pk")))


def _refuse_misplaced(row: Any, tags: Iterable[Tag]) -> None:
    """A tag with kinds of record is for those only; where it stands already, it may stay."""
    new = {each.pk for each in tags}
    if not row._state.adding:
        new -= set(row.tags.values_list("pk", flat=True))
    if not new:
        return
    kind = ContentType.objects.get_for_model(row)
    bound = Tag.objects.filter(pk__in=new, content_types__isnull=False)
    misplaced = bound.exclude(content_types=kind).distinct().order_by("name").first()
    if misplaced is not None:
        text = f"The tag {misplaced.name} is not for {row._meta.verbose_name_plural}."
        raise InputsRefused({"tags": [text]})
