"""Which rows a user's permissions reach.

Django's own permissions (superusers included) reach all rows of a model; object permissions reach
the rows that match their constraints. `policies` builds every queryset from these.
"""

from collections import defaultdict
from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Any, TypeVar

from django.contrib.admin.utils import lookup_spawns_duplicates
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import (
    EmptyResultSet,
    FieldDoesNotExist,
    FieldError,
    ValidationError,
)
from django.db.models import Model, Q, QuerySet

from jobsmith.models import ObjectPermission
from jobsmith.redact import is_secret

Actor = AbstractBaseUser | AnonymousUser
"""Whoever asks."""

Constraint = Mapping[str, Any]
"""Lookups that must all match; an empty one matches every row."""

M = TypeVar("M", bound=Model)

_CACHE = "_jobsmith_constraints"


def permission_name(model: type[Model], action: str) -> str:
    """``app_label.action_model``, as Django names permissions."""
    return f"{model._meta.app_label}.{action}_{model._meta.model_name}"


def allowed(user: Actor, action: str, model: type[Model]) -> bool:
    """Whether the user has the right at all, for any row."""
    return bool(
        user.is_active and (_everywhere(user, action, model) or _found(user, action, model))
    )


def scoped(model: type[M], user: Actor, action: str) -> QuerySet[M]:
    """The rows of ``model`` on which the user has the right."""
    rows = model._default_manager.all()
    if reaches_all(user, action, model):
        return rows
    found = _found(user, action, model) if user.is_active else []
    usable = [each for each in found if is_usable(model, each, user)]
    return _matching(rows, usable, user) if usable else rows.none()


def reaches_all(user: Actor, action: str, model: type[Model]) -> bool:
    """Whether the right holds for every row, so that nothing needs to be narrowed."""
    if not user.is_active:
        return False
    return _everywhere(user, action, model) or {} in _found(user, action, model)


def is_usable(model: type[Model], constraint: Constraint, user: Actor | None = None) -> bool:
    """Whether the lookups make sense on the model and read no secret; others match no row."""
    if reads_secret(model, constraint):
        return False
    try:
        str(model._default_manager.filter(_condition(constraint, user)).query)
    except EmptyResultSet:
        return True
    except (FieldError, ValueError, TypeError, ValidationError, AttributeError):
        return False
    return True


def reads_secret(model: type[Model], constraint: Constraint) -> bool:
    """Whether a lookup compares what is shown to nobody, such as the hash of a password.

    Rows that are there or not would tell it letter by letter.
    """
    return any(_ends_at_secret(model, path.split("__")) for path in constraint)


def _ends_at_secret(model: type[Model], names: list[str]) -> bool:
    for name in names:
        try:
            field = model._meta.pk if name == "pk" else model._meta.get_field(name)
        except FieldDoesNotExist:
            break  # a lookup of the last relation, which compares keys
        if field is None or field.related_model is None:
            return field is not None and is_secret(model, field.name)
        model = field.related_model
    return model._meta.pk is not None and is_secret(model, model._meta.pk.name)


def _everywhere(user: Actor, action: str, model: type[Model]) -> bool:
    has_perm = getattr(user, "has_perm", None)
    return bool(has_perm and has_perm(permission_name(model, action)))


def _matching(rows: QuerySet[M], constraints: list[Constraint], user: Actor) -> QuerySet[M]:
    condition = reduce(or_, (_condition(each, user) for each in constraints))
    options = rows.model._meta
    crosses = any(lookup_spawns_duplicates(options, path) for each in constraints for path in each)
    if not crosses:
        return rows.filter(condition)
    return rows.filter(pk__in=rows.model._default_manager.filter(condition).values("pk"))


def _condition(constraint: Constraint, user: Actor | None) -> Q:
    return Q(**{path: _value(value, user) for path, value in constraint.items()})


def _value(value: Any, user: Actor | None) -> Any:
    if value == "$user":
        return user.pk if user else None
    if isinstance(value, list):
        return [_value(each, user) for each in value]
    return value


def _found(user: Actor, action: str, model: type[Model]) -> list[Constraint]:
    return _constraints(user).get((model._meta.label_lower, action), [])


def _constraints(user: Actor) -> Mapping[tuple[str, str], list[Constraint]]:
    """What the user's object permissions say, read once per user object, as Django does."""
    found: Mapping[tuple[str, str], list[Constraint]] | None = getattr(user, _CACHE, None)
    if found is None:
        found = _read(user) if user.pk is not None else {}
        setattr(user, _CACHE, found)
    return found


def _read(user: Actor) -> Mapping[tuple[str, str], list[Constraint]]:
    mine = Q(users=user.pk)
    if hasattr(user, "groups"):
        mine |= Q(groups__in=user.groups.values("pk"))
    rows = ObjectPermission.objects.filter(mine, enabled=True).values_list(
        "pk", "actions", "constraints", "object_types__app_label", "object_types__model"
    )
    found: dict[tuple[str, str], list[Constraint]] = defaultdict(list)
    seen = set()
    for key, actions, constraints, app_label, model in rows:
        if (key, app_label, model) in seen:
            continue
        seen.add((key, app_label, model))
        for action in actions:
            found[f"{app_label}.{model}", action] += alternatives(constraints)
    return found


def alternatives(constraints: Any) -> list[Constraint]:
    """The constraints of a permission as a list, of which one has to match.

    None and ``{}`` match every row. What is no constraint at all matches none: a permission
    that was written past the checks shall not reach further than it says.
    """
    if constraints is None:
        return [{}]
    every = constraints if isinstance(constraints, list) else [constraints]
    return [each for each in every if isinstance(each, Mapping)]
