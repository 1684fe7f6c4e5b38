"""Filters of notification rules, and of what became of their messages."""

from django.contrib.auth import get_user_model

from jobsmith.models import NotificationDelivery, NotificationRule

from .fields import boolean, choice, key, moment, relation, relations, text
from .tables import FilterTable

_USERNAME = get_user_model().USERNAME_FIELD
_DATES = {name: moment(name) for name in ("created", "last_updated")}

RULES = FilterTable(
    search=("name",),
    filters={
        "id": key("id"),
        "name": text("name"),
        **{name: boolean(name) for name in ("enabled", "own_only")},
        "channel": choice("channel", NotificationRule.Channel.choices),
        "jobs": relations("jobs"),
        "owner": relation("owner", by=_USERNAME),
        **_DATES,
    },
)

DELIVERIES = FilterTable(
    filters={
        "id": key("id"),
        "rule": relation("rule"),
        "user": relation("user", by=_USERNAME),
        "state": choice("state", NotificationDelivery.State.choices),
        **{name: moment(name) for name in ("created", "sent_at")},
    },
)

NOTIFICATIONS = FilterTable(
    filters={
        "id": key("id"),
        **{name: moment(name) for name in ("created", "read_at")},
    },
)
