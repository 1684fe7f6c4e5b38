"""Tags and filters of our pages."""

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.forms import BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString

from jobsmith.models import JobResult
from jobsmith.web import forms, history, results, waiting_shown, words

register = template.Library()

register.filter("span", words.span)
register.filter("ago", words.ago)
register.filter("in_bytes", words.bytes_in_words)
register.filter("commas", words.commas)
register.filter("field_kind", forms.kind)
register.filter("picker", forms.picker)
register.filter("typed", forms.typed)
register.filter("safe_markdown", results.markdown)
register.filter("short_keys", waiting_shown.short_keys)


@register.simple_tag
def icon(name: str, spin: bool = False) -> SafeString:
    """An icon of the sprite; ``s-…`` for states."""
    key = name if name.startswith("s-") else f"i-{name}"
    look = "jsm-i jsm-spin" if spin else "jsm-i"
    return format_html('<svg class="{}" aria-hidden="true"><use href="#{}"/></svg>', look, key)


@register.inclusion_tag("jobsmith/parts/badge.html")
def badge(status: str, warnings: int | None = 0, look: str = "") -> dict[str, Any]:
    """The state of a run: an icon, a colour and a word."""
    state = history.state_of(status, warnings)
    label = history.label_of(status, warnings)
    return {"state": state, "label": label, "look": look}


@register.filter
def run_span(run: JobResult) -> timedelta | None:
    """How long a run took, if it has started and ended."""
    if run.date_started is None or run.date_done is None:
        return None
    return run.date_done - run.date_started


@register.filter
def ended_after(row: dict[str, Any]) -> timedelta | None:
    """The same for a plain row."""
    begin: datetime | None = row.get("date_started")
    end: datetime | None = row.get("date_done")
    return end - begin if begin and end else None


@register.filter
def variable(bound: BoundField, name: str) -> Any:
    """A fact of the variable that a field was made from."""
    return forms.variable(bound, name)


@register.filter
def notice(bound: BoundField) -> str:
    """What the job's code did not answer for this field."""
    return str(getattr(bound.form, "notices", {}).get(bound.name, ""))
