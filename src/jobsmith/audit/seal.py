"""A hash chain over the trail: whoever takes out or edits a sealed row breaks it.

Rows are sealed some time after their commit, in batches and in the order in which the sealer
finds them, so that writers never wait for one another. Two sealers at once meet at the unique
number; the later one leaves its batch for the next time.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from jobsmith.models import ObjectChange

BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a look at the whole chain found."""

    sealed: int
    """Rows whose seal holds."""
    unsealed: int
    """Rows that wait for their seal."""
    head: str
    """The last seal: keep it elsewhere, and nobody can rewrite what came before unnoticed."""
    broken_at: int | None = None
    """Number of the first row that is missing or was edited; None while all hold."""


def seal(limit: int = BATCH) -> int:
    """Seal up to ``limit`` committed rows; returns how many."""
    number, text = _head()
    rows = list(_unsealed().order_by("time", "pk")[:limit])
    for row in rows:
        number += 1
        text = _digest(text, number, row)
        row.seal_number, row.seal = number, text
    try:
        with transaction.atomic():
            _write(rows)
    except IntegrityError:
        return 0
    return len(rows)


def _write(rows: list[ObjectChange]) -> None:
    """All or nothing: what another sealer has sealed meanwhile is never sealed again."""
    if _unsealed().bulk_update(rows, ["seal_number", "seal"]) != len(rows):
        raise IntegrityError


def verify() -> Verdict:
    """Walk the whole chain from its first row."""
    number, text = 0, ""
    for row in ObjectChange.objects.exclude(seal_number=None).order_by("seal_number").iterator():
        expected = _digest(text, number + 1, row)
        if (row.seal_number, row.seal) != (number + 1, expected):
            return _verdict(number, text, broken_at=number + 1)
        number, text = number + 1, expected
    return _verdict(number, text)


def is_sealed_as(number: int, text: str) -> bool:
    """Whether the change of that number still has that seal: no one before it was exchanged."""
    return ObjectChange.objects.filter(seal_number=number, seal=text).exists()


def _head() -> tuple[int, str]:
    last = ObjectChange.objects.exclude(seal_number=None).order_by("-seal_number").first()
    return (last.seal_number or 0, last.seal) if last else (0, "")


def _unsealed() -> QuerySet[ObjectChange]:
    return ObjectChange.objects.filter(seal_number=None)


def _verdict(number: int, text: str, broken_at: int | None = None) -> Verdict:
    waiting = _unsealed().count()
    return Verdict(sealed=number, unsealed=waiting, head=text, broken_at=broken_at)


def _digest(before: str, number: int, row: ObjectChange) -> str:
    """Over everything that says what happened; links to other rows may be cut by deletions."""
    said = [
        before,
        number,
        str(row.pk),
        row.time.astimezone(UTC).isoformat(),
        row.user_name,
        str(row.request_id),
        row.action,
        row.object_label,
        row.changed_object_id,
        row.change_context,
        row.change_context_detail,
        row.object_repr,
        row.before,
        row.after,
    ]
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
