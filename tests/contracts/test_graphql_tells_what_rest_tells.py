"""Every key that REST has for a record is a field at GraphQL, or missing there on purpose."""

from typing import Any

import pytest

import jobsmith.api.urls  # noqa: F401 - it loads all serializers
from jobsmith.api.serializers.base import SERIALIZERS
from jobsmith.graphql.kind import Kind
from jobsmith.graphql.kinds import KINDS
from jobsmith.graphql.schema import schema

EVERYWHERE = {
    "natural_slug": "REST's own spelling of a key.",
    "notes_url": "An address of REST's: `url` and `notes/`.",
    "custom_fields": "`_custom_field_data`, as clients know it.",
    "computed_fields": "There are no such records here.",
    "relationships": "There are no such records here.",
}
"""Keys that no type has."""
ABSENT: dict[str, dict[str, str]] = {
    "job_result": {
        "progress": "`progress_done`, `progress_total`, `progress_text`.",
        "files": "Files are fetched over REST.",
    },
    "job_queue": {"tenant": "There are no such records here."},
    "git_repository": {"secrets_group": "There are no such records here."},
    "object_change": {
        "changed_object": "`changed_object_type` and `changed_object_id`.",
        "object_data": "`after`.",
        "object_data_v2": "`after`.",
    },
    "job_webhook": {"secret": "Told once, to whoever makes it."},
    "notification_rule": dict.fromkeys(("users", "groups"), "Who is who takes REST."),
    "approval_workflow_definition": {"tags": "They have none."},
}
"""Keys that one type lacks."""
REST_ONLY = {
    "JobFile": "Files are fetched over REST.",
    "User": "Who is who takes REST; elsewhere a user is their key.",
    "Group": "Rights are looked after over REST.",
    "ObjectPermission": "Rights are looked after over REST.",
    "Token": "Rights are looked after over REST.",
    "Note": "Notes are written and read over REST.",
    "GraphQLQuery": "A query does not ask for queries.",
    "NotificationDelivery": "What became of messages is asked for over REST.",
    "Worker": "What takes runs is asked for over REST.",
}
"""Records without a type."""


def fields(kind: Kind) -> set[str]:
    found: Any = schema().type_map[kind.type_name]
    return set(found.fields)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_key_at_rest_is_a_field_or_absent_on_purpose(kind: Kind) -> None:
    at_rest = set(SERIALIZERS[kind.model].Meta.fields)  # type: ignore[attr-defined]
    absent = ABSENT.get(kind.name, {}).keys()
    assert at_rest - fields(kind) - EVERYWHERE.keys() == absent


def test_every_record_at_rest_has_a_type_or_none_on_purpose() -> None:
    typed = {kind.model for kind in KINDS.values()}
    assert {each.__name__ for each in SERIALIZERS if each not in typed} == REST_ONLY.keys()


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_what_is_sealed_is_no_field(kind: Kind) -> None:
    columns = {each.name for each in kind.model._meta.concrete_fields}
    assert not {name for name in columns & fields(kind) if name.startswith("sealed")}
