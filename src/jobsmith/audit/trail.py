"""Note a change of a record."""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from jobsmith.context import change_context
from jobsmith.models import ObjectChange
from jobsmith.rights import Actor

from .commits import announce
from .snapshot import snapshot


def note_change(
    row: Model,
    *,
    user: Actor | None,
    before: dict[str, Any] | None = None,
    deleted: bool = False,
    related: Model | None = None,
) -> ObjectChange:
    """Add the change to the trail; call it inside the transaction of the change.

    ``before`` is the `snapshot` from before the change, None for a new record. For a deletion
    call it while the row still has its key. ``user`` is None where nobody in particular acts:
    then it is the actor of the context, if that has one.
    """
    change = change_of(
        row, user=user, before=before, after=None if deleted else snapshot(row), related=related
    )
    change.save()
    return change


def change_of(
    row: Model,
    *,
    user: Actor | None,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    related: Model | None = None,
) -> ObjectChange:
    """The change, not saved yet; ``after`` is None for a deletion."""
    context = change_context(announce())
    user = user or context.actor
    return ObjectChange(
        user_id=user.pk if user else None,
        user_name=str(user.get_username())[:150] if user else "",
        request_id=context.request_id,
        action=_action(before, after),
        changed_object_type=ContentType.objects.get_for_model(row),
        object_label=row._meta.label_lower,
        changed_object_id=str(row.pk),
        related_object_type=ContentType.objects.get_for_model(related) if related else None,
        related_object_id=str(related.pk) if related else "",
        change_context=context.door,
        change_context_detail=context.detail,
        object_repr=str(row)[:200],
        awaits_hooks=context.door != ObjectChange.Context.JOB_HOOK,
        before=before,
        after=after,
    )


def _action(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
    if after is None:
        return ObjectChange.Action.DELETE
    return ObjectChange.Action.CREATE if before is None else ObjectChange.Action.UPDATE
