"""Create or edit an object permission, once its constraints make sense."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.contenttypes.models import ContentType

from jobsmith.errors import InputsRefused
from jobsmith.models import ObjectPermission
from jobsmith.policies import Actor
from jobsmith.rights import alternatives, is_usable, reads_secret

from .save_record import create_record, update_record
from .stale import Seen

NO_SECRETS = "who may see which rows would tell it. Name another field."


def create_permission(*, user: Actor, values: Mapping[str, Any]) -> ObjectPermission:
    """As `create_record`; InputsRefused also for actions that are no words and for constraints
    that make no sense on one of the kinds of record."""
    _check(values.get("actions"), values.get("constraints"), values.get("object_types", ()))
    return create_record(ObjectPermission, user=user, values=values)


def update_permission(
    permission: ObjectPermission,
    *,
    user: Actor,
    values: Mapping[str, Any],
    seen: Seen | None = None,
) -> ObjectPermission:
    """As `update_record`, with the checks of `create_permission`."""
    _check(
        values.get("actions", permission.actions),
        values.get("constraints", permission.constraints),
        values.get("object_types", permission.object_types.all()),
    )
    return update_record(permission, user=user, values=values, seen=seen)


def _check(actions: Any, constraints: Any, object_types: Iterable[ContentType]) -> None:
    errors: dict[str, list[str]] = {}
    if not isinstance(actions, list) or not actions or not all(map(_is_action, actions)):
        errors["actions"] = ['Enter a list of words such as ["view", "run"].']
    if not _is_constraint(constraints):
        errors["constraints"] = ["Enter an object of lookups, or a list of such objects."]
    else:
        errors |= _useless(constraints, object_types)
    if errors:
        raise InputsRefused(errors)


def _is_action(word: Any) -> bool:
    return isinstance(word, str) and word.isidentifier() and len(word) <= 50


def _is_constraint(constraints: Any) -> bool:
    if isinstance(constraints, list):
        return bool(constraints) and all(isinstance(each, dict) for each in constraints)
    return constraints is None or isinstance(constraints, dict)


def _useless(constraints: Any, object_types: Iterable[ContentType]) -> dict[str, list[str]]:
    """Constraints that match no row of a kind of record, whatever the rows are, or would tell a
    secret."""
    for kind in object_types:
        model = kind.model_class()
        for each in alternatives(constraints):
            label = f"{kind.app_label}.{kind.model}"
            if model is not None and reads_secret(model, each):
                return {"constraints": [f"{each} looks at a secret of {label}: {NO_SECRETS}"]}
            if model is None or not is_usable(model, each):
                return {"constraints": [f"{each} makes no sense for {label}."]}
    return {}
