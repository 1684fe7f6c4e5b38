"""The program behind `ToService`: hands one message to Apprise."""

import logging
from importlib import import_module
from typing import Any

from .child import NotTaken, answer_with


def notify(request: dict[str, Any]) -> None:
    """Send title and text to the service; raises NotTaken."""
    logging.disable(logging.CRITICAL)  # Apprise writes addresses into its log
    apprise: Any = import_module("apprise")
    service = apprise.Apprise.instantiate(request["url"], suppress_exceptions=True)
    if service is None:
        raise NotTaken("Apprise knows no service with such an address.")
    if not service.notify(body=request["text"], title=request["title"]):
        raise NotTaken("The service did not take the message.")


if __name__ == "__main__":
    answer_with(notify)
