"""Why a run waits, with the runs that it waits for by their names."""

import re
from collections.abc import Sequence

from jobsmith import policies
from jobsmith.models import JobResult
from jobsmith.policies import Actor

from .inputs_shown import Named

_KEY = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


def waiting_shown(reason: str, *, user: Actor) -> Sequence[Named]:
    """Stretches of the sentence; runs that the reader may see have an address."""
    parts = _KEY.split(reason)
    rows = policies.results(user).filter(pk__in=parts[1::2]) if len(parts) > 1 else ()
    seen = {str(each.pk): each for each in rows}
    return [_run(part, seen.get(part)) if at % 2 else Named(part) for at, part in enumerate(parts)]


def _run(key: str, row: JobResult | None) -> Named:
    if row is None:
        return Named(f"#{key[:8]}")
    return Named(f"{row.name} #{key[:8]}", row.get_absolute_url())


def short_keys(reason: str) -> str:
    """The sentence with the beginnings of keys, for lists."""
    return _KEY.sub(lambda found: f"#{found[0][:8]}", reason)
