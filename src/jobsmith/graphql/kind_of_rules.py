"""Notification rules, as they can be asked for."""

from jobsmith.filters.notifications import RULES
from jobsmith.models import NotificationRule

from .kind import Kind, Many, scoped

RULE = Kind(
    name="notification_rule",
    plural="notification_rules",
    model=NotificationRule,
    table=RULES,
    rows=scoped(NotificationRule),
    route="notification-rule-detail",
    columns=(
        *("id", "created", "last_updated", "name", "enabled", "own_only", "channel"),
        *("address", "events"),
    ),
    heavy=frozenset({"sealed_url", "sealed_signing_key"}),
    people=("owner",),
    many={"jobs": Many(kind="job", via="jobs", many_to_many=True)},
)
