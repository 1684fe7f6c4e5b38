"""Text and previews of values whose own code may be broken."""

import reprlib

from .limits import SoftTimeLimitExceeded


def safe_text(value: object) -> str:
    """``str(value)``, or a description when the value's own code raises."""
    try:
        return str(value)
    except SoftTimeLimitExceeded:
        raise
    except BaseException as error:  # author code may raise anything
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        return f"<{type(value).__qualname__} that cannot be shown: {type(error).__qualname__}>"


_short = reprlib.Repr()
_short.maxstring = _short.maxother = 120
_short.maxdict = _short.maxlist = _short.maxtuple = _short.maxset = 6


def preview(value: object) -> str:
    """A short ``repr`` of any value, whatever its size or faults."""
    try:
        return _short.repr(value)[:200]
    except SoftTimeLimitExceeded:
        raise
    except Exception:  # author code may raise anything
        return f"<{type(value).__qualname__}>"
