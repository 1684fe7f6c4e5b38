"""Neither constraints nor filters compare what is shown to nobody, over any path of any model."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import Model

from jobsmith.actions.save_definition import create_definition
from jobsmith.actions.save_permission import create_permission
from jobsmith.approving import definition_for
from jobsmith.errors import InputsRefused
from jobsmith.filters import FilterTable, approvals, tables
from jobsmith.models import ApprovalWorkflowDefinition, JobResult, ScheduledJob, Token
from jobsmith.redact import is_secret
from jobsmith.rights import is_usable, reads_secret, scoped
from tests.support.factories import grant, make_admin, make_job, make_result, make_user
from tests.support.schedules import make_schedule

User = get_user_model()
DEEP = 3
KNOWN = {
    ("users.user", "password"),
    ("jobsmith.token", "secret_hash"),
    ("jobsmith.gitrepository", "sealed_token"),
    ("jobsmith.gitrepository", "sealed_key"),
    ("jobsmith.gitrepository", "sealed_webhook_secret"),
    ("jobsmith.jobresult", "sealed_kwargs"),
    ("jobsmith.scheduledjob", "sealed_kwargs"),
    ("sessions.session", "session_key"),
    ("sessions.session", "session_data"),
}
"""What must be among the secrets, whatever else is."""


def paths(
    model: type[Model], depth: int = DEEP, seen: frozenset[Any] = frozenset()
) -> Iterator[tuple[str, bool]]:
    """Every path from a model to a column, and whether that is secret."""
    for field in model._meta.get_fields():
        if field.related_model is None:
            if getattr(field, "concrete", False):
                yield field.name, is_secret(model, field.name)
        elif depth > 1 and field.related_model not in seen:
            below = paths(field.related_model, depth - 1, seen | {model})  # type: ignore[arg-type]
            yield from ((f"{field.name}__{path}", secret) for path, secret in below)


def test_the_secrets_that_there_are_are_known() -> None:
    found = {
        (model._meta.label_lower, field.name)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.related_model is None and is_secret(model, field.name)
    }
    assert found >= KNOWN


@pytest.mark.parametrize("model", apps.get_models(), ids=lambda model: model._meta.label)
def test_every_path_to_a_secret_is_refused_and_no_other(model: type[Model]) -> None:
    for path, secret in paths(model):
        for lookup in ("", "__startswith", "__in", "__isnull"):
            assert reads_secret(model, {f"{path}{lookup}": "x"}) is secret, f"{path}{lookup}"


def test_keys_that_are_secret_are_not_compared_by_other_names() -> None:
    assert reads_secret(Session, {"pk__startswith": "a"})
    assert not reads_secret(JobResult, {"user": "$user"})
    assert not reads_secret(JobResult, {"user__in": [1], "user_id__gt": 1})


@pytest.mark.django_db
def test_a_permission_that_looks_at_a_secret_is_refused_and_reaches_nothing() -> None:
    admin, olga = make_admin(), make_user("olga")
    run, probe = make_result(user=admin), {"user__password__startswith": admin.password[:9]}
    values = {
        "name": "probe",
        "actions": ["view"],
        "constraints": probe,
        "object_types": [ContentType.objects.get_for_model(JobResult)],
    }
    with pytest.raises(InputsRefused) as refusal:
        create_permission(user=admin, values=values)
    assert "looks at a secret of jobsmith.jobresult" in refusal.value.errors["constraints"][0]
    grant(olga, "view", JobResult, probe)  # as it was saved before
    assert not is_usable(JobResult, probe)
    assert not scoped(JobResult, olga, "view").exists()
    grant(olga, "view", JobResult, {"pk": str(run.pk)})
    olga = User._default_manager.get(pk=olga.pk)
    assert scoped(JobResult, olga, "view").count() == 1


@pytest.mark.django_db
def test_a_rule_that_looks_at_a_secret_is_refused_and_tells_nothing() -> None:
    admin, probe = make_admin(), {"user__password__startswith": "no such hash"}
    kind = ContentType.objects.get_for_model(ScheduledJob)
    values = {"name": "probe", "model_constraints": probe, "model_content_type": kind}
    with pytest.raises(InputsRefused) as refusal:
        create_definition(user=admin, values=values)
    assert "looks at a secret" in refusal.value.errors["model_constraints"][0]
    made = ApprovalWorkflowDefinition.objects.create(**values)  # as it was saved before
    assert definition_for(make_schedule(make_job(), admin)) == made


@pytest.mark.django_db
def test_tokens_are_found_by_what_they_say_all_the_same() -> None:
    olga, admin = make_user("olga"), make_admin()
    Token.objects.create(user=admin, key="k", description="CI")
    grant(olga, "view", User, {"jobsmith_tokens__description": "CI"})
    assert list(scoped(User, olga, "view")) == [admin]


def filters() -> list[tuple[str, str]]:
    """Every column that a filter, a search or an order goes by, with the name of its table."""
    found = {
        f"{name} of {module.__name__}": table
        for module in (tables, approvals)
        for name, table in vars(module).items()
        if isinstance(table, FilterTable)
    }
    return [
        (name, path)
        for name, table in found.items()
        for path in (
            *table.search,
            *(path for each in table.filters.values() for path in each.paths),
            *(path for order in table.orders.values() for path in order),
        )
    ]


def test_no_filter_goes_by_a_secret() -> None:
    columns = {(model._meta.label_lower, field) for model, field in _secrets()}
    names = {name for _, name in columns}
    found = [
        (table, path)
        for table, path in filters()
        if names.intersection(path.strip("-").split("__"))
    ]
    assert len(filters()) > 100
    assert found == []


def _secrets() -> Iterator[tuple[type[Model], str]]:
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.related_model is None and is_secret(model, field.name):
                yield model, field.name
