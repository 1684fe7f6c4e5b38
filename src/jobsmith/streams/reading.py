"""The one way to read the lines of a run: those in the database, and those that still wait.

``seq`` is dense from 1, so a page of a log of any length is one step in the unique index of
(run, seq): the last page costs as much as the first. While a database cannot be written, the
supervisor keeps new lines on its disk; they are shown where that disk is this machine's.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import islice
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Length

from jobsmith import policies
from jobsmith.conf import conf
from jobsmith.models import JobResult
from jobsmith.policies import Actor
from jobsmith.processes import spool
from jobsmith.processes.text import without_escapes

from .feeds import Feed

MAX_MATCHES = 200_000
"""More matching lines than this are not listed: narrow the search."""
PAGE_CHARS = 256 * 1024
"""A page ends with the line that brings its texts to this length, however many were asked for."""

Row = list[Any]
"""Number, time in seconds, level and text, then what else the feed has."""


@dataclass(frozen=True, slots=True)
class Page:
    """Lines in order."""

    rows: list[Row] = field(default_factory=list)
    more: bool = False
    """Whether the page ended before the lines did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Only lines of these levels (all when there are none) that hold the text."""

    levels: Sequence[str] = ()
    text: str = ""

    def among(self, lines: QuerySet[Any], feed: Feed) -> QuerySet[Any]:
        """Those of stored lines."""
        if self.levels:
            lines = lines.filter(**{f"{feed.level}__in": self.levels})
        if self.text:
            found = (Q(**{f"{column}__icontains": self.text}) for column in feed.searched)
            lines = lines.filter(reduce(or_, found))
        return lines

    def takes(self, row: Row, feed: Feed) -> bool:
        """Whether it is one of them."""
        if self.levels and row[2] not in self.levels:
            return False
        words = self.text.lower()
        texts = (row[feed.columns.index(column)] for column in feed.searched)
        return not words or any(words in text.lower() for text in texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The lines of one run that somebody may see."""

    feed: Feed
    stored: QuerySet[Any]
    waiting_of: str = ""
    """The run whose lines are shown before they are stored; "" shows stored ones only."""
    choice: Choice = field(default_factory=Choice)

    @classmethod
    def seen_by(
        cls, user: Actor, run: JobResult, feed: Feed, choice: Choice | None = None
    ) -> "Lines":
        """What the user may see of a run in reach.

        Constraints can be tried on stored lines only, so those that wait are for users whose
        right to this kind of line has none.
        """
        free = policies.reaches_all(user, "view", feed.model)
        return cls(
            feed=feed,
            stored=feed.reach(user, run),
            waiting_of=str(run.pk) if free else "",
            choice=choice or Choice(),
        )

    def page(self, *, after: int, limit: int) -> Page:
        """Up to ``limit`` lines that follow line ``after``.

        What waits is read first: a line that is stored meanwhile is then there twice, and never
        missing.
        """
        waiting = _cut(self._waiting(after), limit)
        stored = self._stored(after, limit)
        if stored.more or not waiting.rows:
            return stored
        last = stored.rows[-1][0] if stored.rows else after
        fresh = [row for row in waiting.rows if row[0] > last]
        both = _cut(iter(stored.rows + fresh), limit)
        return Page(both.rows, both.more or waiting.more)

    def pages(self, *, limit: int) -> Iterator[list[Row]]:
        """All lines, a page at a time."""
        after, more = 0, True
        while more:
            page = self.page(after=after, limit=limit)
            if page.rows:
                yield page.rows
                after = page.rows[-1][0]
            more = page.more

    def numbers(self) -> list[int]:
        """Numbers of the lines, in order."""
        waiting = [row[0] for row in islice(self._waiting(0), MAX_MATCHES)]
        rows = self.choice.among(self.stored, self.feed).order_by("seq")
        stored = list(rows.values_list("seq", flat=True)[:MAX_MATCHES])
        last = stored[-1] if stored else 0
        return (stored + [seq for seq in waiting if seq > last])[:MAX_MATCHES]

    @property
    def newest_waiting(self) -> int:
        """Number of the last line that waits; 0 when none does."""
        if not self.waiting_of:
            return 0
        return spool.newest(conf().home, self.waiting_of, self.feed.name)

    def _stored(self, after: int, limit: int) -> Page:
        rows = self.choice.among(self.stored, self.feed).filter(seq__gt=after).order_by("seq")
        seqs, more = page_of(rows, self.feed, limit)
        # The limit says how few there are: without it, a database reads long runs the slow way.
        found = self._numbered(seqs).order_by("seq").values_list(*self.feed.columns)[: len(seqs)]
        return Page([[seq, moment.timestamp(), *rest] for seq, moment, *rest in found], more)

    def _numbered(self, seqs: Sequence[int]) -> QuerySet[Any]:
        """Those lines; where none is left out between them, a range reads far quicker."""
        if seqs and seqs[-1] - seqs[0] == len(seqs) - 1:
            return self.stored.filter(seq__gte=seqs[0], seq__lte=seqs[-1])
        return self.stored.filter(seq__in=seqs)

    def _waiting(self, after: int) -> Iterator[Row]:
        if not self.waiting_of:
            return
        feed = self.feed
        for found in spool.waiting(conf().home, self.waiting_of, feed.name, after):
            row = [found[key] for key in feed.waits]
            if self.choice.takes(row, feed):
                yield row


def page_of(lines: QuerySet[Any], feed: Feed, limit: int) -> tuple[list[int], bool]:
    """Numbers of the first of these lines (in order) that fit in a page; whether more follow.

    Lengths are asked for first: the texts themselves may be too much to hold.
    """
    sizes = lines.annotate(size=Length(feed.text)).values_list("seq", "size")[: limit + 1]
    return _fitting(((seq, size) for seq, size in sizes), limit)


def shown(rows: Iterable[Row]) -> list[Row]:
    """Rows as pages show them: without what colours a terminal."""
    return [[*row[:3], without_escapes(row[3]), *row[4:]] for row in rows]


def _cut(rows: Iterator[Row], limit: int) -> Page:
    """As many rows as a page takes."""
    found, more = _fitting(((row, len(row[3])) for row in rows), limit)
    return Page(found, more)


def _fitting(sized: Iterable[tuple[Any, int]], limit: int) -> tuple[list[Any], bool]:
    found: list[Any] = []
    chars = 0
    for each, size in sized:
        if len(found) >= limit or chars >= PAGE_CHARS:
            return found, True
        found.append(each)
        chars += size
    return found, False
