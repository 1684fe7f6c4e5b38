"""Reading the lines of a run by sequence number.

``seq`` is dense from 1, so a page of a log of any length is one step in the unique index of
(run, seq): the last page costs as much as the first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from jobsmith.processes.text import without_escapes

MAX_MATCHES = 200_000
"""More matching lines than this are not listed: narrow the search."""

Row = list[Any]


@dataclass(frozen=True, slots=True)
class Feed:
    """A kind of lines."""

    name: str
    text: str
    level: str
    columns: tuple[str, ...]
    """Number, time, level and text, then what else there is."""
    counter: str

    def rows(self, lines: QuerySet[Any], *, after: int, limit: int) -> list[Row]:
        """Up to ``limit`` lines that follow line ``after``, as pages show them."""
        found = lines.filter(seq__gt=after).order_by("seq").values_list(*self.columns)
        return [
            [seq, moment.timestamp(), level, without_escapes(text), *more]
            for seq, moment, level, text, *more in found[:limit]
        ]

    def matching(self, lines: QuerySet[Any], *, levels: Sequence[str], text: str) -> QuerySet[Any]:
        """Only lines of these levels (all when there are none) that hold the text."""
        if levels:
            lines = lines.filter(**{f"{self.level}__in": levels})
        if text:
            found = Q(**{f"{self.text}__icontains": text})
            if self.name == "log":
                found |= Q(log_object__icontains=text) | Q(grouping__icontains=text)
            lines = lines.filter(found)
        return lines

    def numbers(self, lines: QuerySet[Any]) -> list[int]:
        """Sequence numbers of the lines, in order."""
        return list(lines.order_by("seq").values_list("seq", flat=True)[:MAX_MATCHES])


LOG = Feed(
    name="log",
    text="message",
    level="log_level",
    columns=("seq", "created", "log_level", "message", "log_object", "grouping", "absolute_url"),
    counter="log_count",
)
CONSOLE = Feed(
    name="console",
    text="text",
    level="output_type",
    columns=("seq", "timestamp", "output_type", "text"),
    counter="console_count",
)
FEEDS = {feed.name: feed for feed in (LOG, CONSOLE)}
