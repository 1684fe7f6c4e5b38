"""What the log says of requests for names that the server does not have."""

import logging

SAID = "A request named a host that is not among JOBSMITH_ALLOWED_HOSTS."


class OneLine(logging.Filter):
    """Anybody may send such a request: it is no error of the server, and takes no traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Make it a warning of one line; what the request said is not repeated."""
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.msg, record.args = SAID, ()
        record.exc_info = record.exc_text = record.stack_info = None
        return True
