"""Filters by related records: a text that cannot be the key of such a record matches nothing."""

from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from rest_framework.test import APIClient

from jobsmith.api.urls import extras, users
from jobsmith.graphql.kinds import KINDS
from jobsmith.models import ObjectChange, Tag

pytestmark = pytest.mark.django_db
UUID = "4b2b1b3e-7c1f-4a86-9c1e-6a3a1f0c9d11"
KEYS = (UUID, "7", "-7", "0", "99999999999999999999999", "²", "1_0", "7.5", "True", "x", "\x00")
VIEWS = {
    f"{app}/{prefix}": view
    for app, router in (("extras", extras), ("users", users))
    for prefix, view, _ in router.registry
}
LISTS = {
    kind.name: each for kind in KINDS.values() for each in VIEWS if VIEWS[each].model is kind.model
}


@pytest.mark.parametrize("prefix", VIEWS)
def test_every_filter_takes_every_key(admin: APIClient, prefix: str) -> None:
    for name, each in VIEWS[prefix].filters.filters.items():
        for suffix in each.lookups:
            word = f"{name}__{suffix}" if suffix else name
            for key in KEYS:
                answer = admin.get(f"/api/{prefix}/", {word: key})
                assert answer.status_code in (200, 400), (word, key, answer.content)


@pytest.mark.parametrize("path", ["users/permissions/?groups=", "users/permissions/?users=",
    "extras/object-changes/?changed_object_type_id=", "extras/object-changes/?user_id=",
    "extras/jobs/?job_queues=", "extras/job-results/?job_model_id="])  # fmt: skip
@pytest.mark.parametrize("key", [UUID, "7000000", "x"])
def test_what_is_no_key_of_theirs_matches_nothing(admin: APIClient, path: str, key: str) -> None:
    answer = admin.get(f"/api/{path}{key}")
    assert (answer.status_code, answer.json().get("count")) == (200, 0), answer.content


def test_a_key_of_theirs_matches(admin: APIClient) -> None:
    admin.post("/api/extras/tags/", {"name": "red"}, format="json")
    kind = ContentType.objects.get_for_model(Tag).pk
    found = admin.get(f"/api/extras/object-changes/?changed_object_type_id={kind}").json()
    assert found["count"] == ObjectChange.objects.filter(changed_object_type=kind).count() == 1


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_graphql_says_the_same(admin: APIClient, kind: Any) -> None:
    words = [
        name for name, each in kind.table.filters.items() if each.paths and "isnull" in each.lookups
    ]
    for name in words:
        for key in KEYS[:-1]:
            rest = admin.get(f"/api/{LISTS[kind.name]}/", {name: key})
            query = f"query($key: [String]) {{ {kind.plural}({name}: $key) {{ id }} }}"
            asked = {"query": query, "variables": {"key": [key]}}
            told = admin.post("/api/graphql/", asked, format="json").json()
            if rest.status_code == 200:
                assert len(told["data"][kind.plural]) == rest.json()["count"], (name, key)
            else:
                assert told["errors"][0]["extensions"]["errors"] == rest.json(), (name, key)
