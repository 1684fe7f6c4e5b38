"""Addresses that others give us, for pages to link to."""

import re

from django.db.models import Model
from django.urls import NoReverseMatch

_HARMLESS = re.compile(r"/(?![/\\])|https?://")


def address_of(record: Model) -> str:
    """Where the host shows a record; "" where it does not, or where a link could do more."""
    find = getattr(record, "get_absolute_url", None)
    try:
        address = str(find() or "") if callable(find) else ""
    except NoReverseMatch:
        return ""
    return address if _HARMLESS.match(address) else ""
