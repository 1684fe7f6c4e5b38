"""The logger of a run: the standard one, with two more levels, a grouping and an object."""

import logging
import sys
import time
import traceback
from types import TracebackType
from typing import Any

from .handle import Handle
from .limits import SoftTimeLimitExceeded
from .safe import safe_text

SUCCESS = 25
FAILURE = 35
logging.addLevelName(SUCCESS, "SUCCESS")
logging.addLevelName(FAILURE, "FAILURE")

_LEVELS = (
    (logging.CRITICAL, "critical"),
    (logging.ERROR, "error"),
    (FAILURE, "failure"),
    (logging.WARNING, "warning"),
    (SUCCESS, "success"),
    (logging.INFO, "info"),
)


def level_name(levelno: int) -> str:
    """The recorded name of a logging level: the nearest at or below it."""
    return next((name for floor, name in _LEVELS if levelno >= floor), "debug")


class JobLogger(logging.Logger):
    """What authors know as ``self.logger``.

    ``extra`` takes ``grouping`` (default: the calling function), ``object`` (shown beside the line,
    linked where it has an address) and ``skip_db_logging`` (to the console only).
    """

    def __init__(self, name: str, handle: Handle) -> None:
        super().__init__(name, logging.DEBUG)
        self.propagate = False
        self.addHandler(_RunHandler(handle))

    def success(self, msg: object, *args: object, **kwargs: Any) -> None:
        """Log that something worked."""
        kwargs.setdefault("stacklevel", 2)
        self.log(SUCCESS, msg, *args, **kwargs)

    def failure(self, msg: object, *args: object, **kwargs: Any) -> None:
        """Log that something did not work, short of an error of the job."""
        kwargs.setdefault("stacklevel", 2)
        self.log(FAILURE, msg, *args, **kwargs)


class _RunHandler(logging.Handler):
    """Hands records to the run."""

    def __init__(self, handle: Handle) -> None:
        super().__init__(logging.DEBUG)
        self._handle = handle

    def emit(self, record: logging.LogRecord) -> None:
        message = _message(record)
        if getattr(record, "skip_db_logging", False):
            sys.stderr.write(f"{message}\n")
            return
        name, url = _describe_object(getattr(record, "object", None))
        self._handle.log(
            level=level_name(record.levelno),
            message=message,
            grouping=safe_text(getattr(record, "grouping", None) or record.funcName),
            obj=name,
            url=url,
            created=record.created,
        )
        if record.exc_info and record.exc_info[1] is not None:
            traceback.print_exception(record.exc_info[1], file=sys.stderr)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except SoftTimeLimitExceeded:
        raise
    except Exception:  # arguments that do not fit must not end the run
        arguments = record.args if isinstance(record.args, tuple) else (record.args,)
        return " ".join(safe_text(part) for part in (record.msg, *arguments))


def _describe_object(obj: object) -> tuple[str, str]:
    """What is written beside a line: the object's name and its address."""
    try:
        if not obj:
            return "", ""
        find = getattr(obj, "get_absolute_url", None)
        url = str(find() or "") if callable(find) else ""
    except SoftTimeLimitExceeded:
        raise
    except Exception:  # an object without an address is still an object
        url = ""
    return safe_text(obj), url


class capture_logging:  # noqa: N801 - used like a function, or as a context
    """Record what the author's modules log through the standard library, until closed."""

    def __init__(self, handle: Handle, level: int = logging.INFO) -> None:
        root = logging.getLogger()
        self._handler = _RunHandler(handle)
        self._level_before = root.level
        root.addHandler(self._handler)
        root.setLevel(level)
        _teach_every_logger()

    def __enter__(self) -> "capture_logging":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop recording."""
        root = logging.getLogger()
        root.removeHandler(self._handler)
        root.setLevel(self._level_before)


def _teach_every_logger() -> None:
    """Give loggers of the author's modules ``success`` and ``failure`` too."""
    for name in ("success", "failure"):
        if not hasattr(logging.Logger, name):
            setattr(logging.Logger, name, getattr(JobLogger, name))


def now() -> float:
    """Seconds since the epoch, as log lines carry them."""
    return time.time()
