"""Addresses of records, ours and those that others give us, for pages to link to."""

import re

from django.contrib.auth import get_user_model
from django.db.models import Model
from django.urls import NoReverseMatch, reverse

_HARMLESS = re.compile(r"/(?![/\\])|https?://")
_OURS = {
    "auth.group": "group",
    "jobsmith.blackoutcalendar": "calendar",
    "jobsmith.graphqlquery": "query",
    "jobsmith.jobbutton": "button",
    "jobsmith.jobhook": "hook",
    "jobsmith.jobqueue": "queue",
    "jobsmith.jobwebhook": "webhook",
    "jobsmith.notificationrule": "notification_rule",
    "jobsmith.objectchange": "change",
    "jobsmith.objectpermission": "permission",
    "jobsmith.scheduledjob": "schedule",
    "jobsmith.tag": "tag",
    "jobsmith.token": "token",
}
"""Names of the pages of records that know no address themselves."""


def page_of(record: Model | None) -> str:
    """Where our pages show a record, else where the host does; "" where nobody does."""
    if record is None or record.pk is None:
        return ""
    label = record._meta.label_lower
    name = "user" if isinstance(record, get_user_model()) else _OURS.get(label)
    return reverse(f"jobsmith:{name}", args=[record.pk]) if name else address_of(record)


def address_of(record: Model) -> str:
    """Where the host shows a record; "" where it does not, or where a link could do more."""
    find = getattr(record, "get_absolute_url", None)
    try:
        address = str(find() or "") if callable(find) else ""
    except NoReverseMatch:
        return ""
    return address if _HARMLESS.match(address) else ""
