"""No action of the REST door goes without a right that somebody has decided on."""

import pytest
from rest_framework.viewsets import ViewSetMixin

from jobsmith.api.urls import extras, users
from jobsmith.api.views.base import FREE, RecordViewSet

WORDS = {FREE, "view", "add", "change", "delete", "run"}
VIEWS: list[type[RecordViewSet]] = [view for _, view, _ in (*extras.registry, *users.registry)]


def actions_of(view: type[RecordViewSet]) -> set[str]:
    """All that the router may call: what is mapped to a method, and every ``@action``."""
    mapped = {
        name
        for route in extras.routes
        for name in getattr(route, "mapping", {}).values()
        if hasattr(view, name)
    }
    return mapped | {name for each in view.get_extra_actions() for name in each.mapping.values()}


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
def test_every_action_has_an_entry_in_rights(view: type[RecordViewSet]) -> None:
    assert issubclass(view, ViewSetMixin)
    undecided = sorted(actions_of(view) - view.rights.keys())
    assert undecided == [], f"Add these to {view.__name__}.rights, as FREE where that is meant."
    assert set(view.rights.values()) <= WORDS


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
def test_no_entry_is_for_an_action_that_is_gone(view: type[RecordViewSet]) -> None:
    assert sorted((view.rights.keys() | view.also.keys()) - actions_of(view)) == []
