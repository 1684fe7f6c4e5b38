"""One or more events in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.html import format_html, format_html_join

LISTED = 50
"""More are only counted."""
SUBJECT = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One event on its way."""

    id: str
    """The same at every attempt, so that a receiver can tell what it has seen."""
    happened_at: datetime
    facts: dict[str, Any]
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What people read."""

    title: str
    """One line."""
    text: str
    html: str


def as_message(rule: str, items: Sequence[Item]) -> Message:
    """The items in one message, the first ones in full."""
    first = _line(items[0].facts["title"])
    title = first if len(items) == 1 else f"{len(items):,} notifications: {first}"
    listed, rest = items[:LISTED], len(items) - LISTED
    more = f"And {rest:,} more." if rest > 0 else ""
    foot = f"Sent by the notification rule {_line(rule)}."
    return Message(
        title=title[:SUBJECT],
        text="\n\n".join(filter(None, (*map(_text, listed), more, f"-- \n{foot}"))) + "\n",
        html=format_html(
            '<div style="font:15px/1.5 system-ui,sans-serif">{}<p>{}</p>'
            '<p style="color:#667">{}</p></div>',
            format_html_join("", "{}", ((_html(each),) for each in listed)),
            more,
            foot,
        ),
    )


def _rows(item: Item) -> list[tuple[str, str]]:
    facts = item.facts
    status = " · ".join(filter(None, (facts.get("status"), facts.get("cause"))))
    rows = [("Status", status), ("Job", facts.get("job")), ("By", facts.get("who"))]
    rows.append(("When", f"{item.happened_at:%Y-%m-%d %H:%M:%S} UTC"))
    return [(name, _line(said)) for name, said in rows if said]


def _text(item: Item) -> str:
    rows = [f"{name + ':':<8}{said}" for name, said in _rows(item)]
    return "\n".join([_line(item.facts["title"]), *rows, *filter(None, [item.link])])


def _html(item: Item) -> str:
    title = _line(item.facts["title"])
    if item.link.startswith(("https://", "http://")):
        title = format_html('<a href="{}">{}</a>', item.link, title)
    said = format_html_join("", "<br>{}: {}", _rows(item))
    return format_html("<p><strong>{}</strong>{}</p>", title, said)


def _line(text: str) -> str:
    """Without line ends, and without what turns text around."""
    return "".join(each if each.isprintable() else " " for each in " ".join(text.split()))
