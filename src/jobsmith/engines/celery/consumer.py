"""What hears the broker: takes hints, throws everything else away, and survives all of it.

Celery's own ends its worker over a message whose body is no call, and over bytes in a Redis list
that are no message. Whoever can write to the broker must not be able to do that.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from celery.worker import consumer

logger = logging.getLogger("jobsmith.engine")

TASK = "jobsmith.hint"
MOST_BYTES = 4096


class Consumer(consumer.Consumer):  # type: ignore[misc]
    """Celery's, behind a gate."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._plain_loop: Callable[..., None] = self.loop  # type: ignore[has-type]
        self.loop = self._lasting_loop

    def create_task_handler(self, *args: Any, **options: Any) -> Callable[[Any], None]:
        """Celery's, for hints only."""
        handle = super().create_task_handler(*args, **options)

        def received(message: Any) -> None:
            if _is_hint(message):
                handle(message)
                return
            logger.warning("A message that is no hint was thrown away")
            message.ack_log_error(logger, self.connection_errors)

        return received

    def _lasting_loop(self, *args: Any) -> None:
        """Take the connection for broken when what came over it cannot be made out."""
        try:
            self._plain_loop(*args)
        except self.connection_errors + self.channel_errors:
            raise
        except Exception as error:
            logger.warning("The broker sent what nobody understands (%s)", type(error).__name__)
            raise OSError("The broker sent what nobody understands.") from error


def _is_hint(message: Any) -> bool:
    """Whether it is a call of our task for now, in JSON, and small."""
    with suppress(Exception):  # headers and bodies may be anything
        headers = message.headers
        if headers["task"] != TASK or headers.get("eta") or len(message.body) > MOST_BYTES:
            return False
        args, kwargs, embed = message.decode()
        return [type(each) for each in (args, kwargs, embed)] == [list, dict, dict]
    return False
