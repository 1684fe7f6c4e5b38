"""Numbers and times in words."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format

STEPS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def span(length: timedelta | float | None) -> str:
    """A duration: ``0.4 s``, ``2 m 41 s``, ``3 h 5 m``."""
    if length is None:
        return ""
    seconds = length.total_seconds() if isinstance(length, timedelta) else float(length)
    if seconds < 1:
        return f"{max(seconds, 0) * 1000:.0f} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} m {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} m" if hours < 48 else f"{hours // 24} d {hours % 24} h"


def ago(moment: datetime | None) -> str:
    """How long ago: ``just now``, ``12 min ago``, ``3 Nov 2026``."""
    if moment is None:
        return ""
    seconds = (timezone.now() - moment).total_seconds()
    if seconds < 45:
        return "just now"
    if seconds > 30 * 86_400:
        return date_format(timezone.localtime(moment), "j M Y")
    for size, unit in STEPS:
        if seconds >= size:
            return f"{int(seconds // size)} {unit} ago"
    return "1 min ago"


def bytes_in_words(size: int | None) -> str:
    """A size: ``48 kB``."""
    if size is None:
        return ""
    amount = float(size)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 10 else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def commas(number: float | None) -> str:
    """A number with its thousands parted: ``12,408``."""
    if number is None:
        return ""
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:,.1f}"
