"""Lists as CSV: one page of a list as a table."""

import csv
import json
from collections.abc import Mapping
from io import StringIO
from typing import Any

from rest_framework.renderers import BaseRenderer

from jobsmith.spreadsheets import harmless

from .negotiation import WireJSONRenderer

LEFT_OUT = frozenset({"url", "notes_url", "custom_fields", "computed_fields", "relationships"})
"""Keys that say nothing in a table."""


class CsvRenderer(BaseRenderer):
    """The rows of a list; refusals stay JSON."""

    media_type = "text/csv"
    format = "csv"
    charset = "UTF-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The page as text; its columns are the keys of a record in their order."""
        context = renderer_context or {}
        response = context["response"]
        if response.exception:
            response["Content-Type"] = WireJSONRenderer.media_type
            return WireJSONRenderer().render(data)
        name = context["view"].model._meta.model_name
        response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        return table(data["results"])


def table(records: list[dict[str, Any]]) -> str:
    """A header and one line a record."""
    keys = dict.fromkeys(key for each in records for key in each)
    columns = [name for name in keys if name not in LEFT_OUT]
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_cell(each.get(name)) for name in columns] for each in records)
    return text.getvalue()


def _cell(value: Any) -> str:
    """A related record is its id, a choice its value, a list its parts with commas between."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        if value.keys() >= {"id", "object_type"}:
            return _cell(value["id"])
        return _cell(value["value"]) if value.keys() == {"value", "label"} else json.dumps(value)
    if isinstance(value, list):
        return harmless(",".join(map(_cell, value)))
    return harmless(value) if isinstance(value, str) else str(value)
