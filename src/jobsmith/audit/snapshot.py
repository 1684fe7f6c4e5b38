"""A record as plain JSON, for the trail."""

import hashlib
import json
import math
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import FileField, ForeignKey, Model

from jobsmith.redact import Redactor, is_secret

HIDDEN = "(hidden)"
MAX_TEXT = 10_000


def snapshot(row: Model) -> dict[str, Any]:
    """All columns and the keys of many-to-many relations; what is secret only says so."""
    values = columns_of(row)
    for each in row._meta.many_to_many:
        if row.pk is not None and not is_secret(row._meta.model, each.name):
            related = getattr(row, each.name).order_by("pk").values_list("pk", flat=True)
            values[each.name] = [str(key) for key in related]
    return plain(values)


def columns_of(row: Model) -> dict[str, Any]:
    """All columns, as `plain` takes them."""
    return {each.name: _value(row, each) for each in row._meta.concrete_fields}


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """Values as JSON has them."""
    told: dict[str, Any] = json.loads(json.dumps(values, cls=_Encoder))
    return told


def secrets(row: Model) -> dict[str, Any]:
    """What `snapshot` hides: to notice a change by, and never to be kept."""
    fields = row._meta.concrete_fields
    return {
        each.name: getattr(row, each.attname)
        for each in fields
        if is_secret(row._meta.model, each.name)
    }


def _value(row: Model, field: Any) -> Any:
    value = getattr(row, field.attname)
    if is_secret(row._meta.model, field.name):
        return HIDDEN if value else value
    if isinstance(field, ForeignKey):
        return None if value is None else str(value)
    if isinstance(field, FileField):
        return value.name if value else ""
    return _bounded(value)


def _bounded(value: Any) -> Any:
    """Long texts and large JSON are cut: the trail shall not hold every result twice."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # PostgreSQL has no such JSON
    if isinstance(value, str) and len(value) > MAX_TEXT:
        return _cut(value)
    if isinstance(value, dict | list):
        safe = Redactor().redact_json(value)
        text = json.dumps(safe, cls=_Encoder)
        return safe if len(text) <= MAX_TEXT else _cut(text)
    return value


def _cut(text: str) -> str:
    """The beginning, and what tells it from others that begin alike."""
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
    return f"{text[:MAX_TEXT]}… ({len(text):,} characters, SHA-256 {digest})"


class _Encoder(DjangoJSONEncoder):
    """A host's fields may hold anything."""

    def default(self, o: Any) -> Any:
        try:
            return super().default(o)
        except TypeError:
            return str(o)[:MAX_TEXT]
