"""Messages on their way while the caller does other things."""

import json
import threading
import time
from importlib.util import find_spec
from smtplib import SMTPResponseException
from typing import Any, Protocol

from django.core.mail import EmailMultiAlternatives, get_connection

from jobsmith import egress
from jobsmith.conf import conf
from jobsmith.processes import capped

from .message import Message
from .webhook import SIGNATURE, sign

WEBHOOK_CHILD = "jobsmith.channels.webhook_child"
SERVICE_CHILD = "jobsmith.channels.service_child"
SECONDS = 30
"""How long one message may take."""
TOO_LONG = f"Sending took longer than {SECONDS} s, or was ended."


class Sending(Protocol):
    """A message on its way."""

    @property
    def is_over(self) -> bool:
        """Whether it has arrived, or will not."""

    def failure(self) -> str:
        """Why it has not arrived, once it is over; "" when it has."""

    def end(self) -> None:
        """Give up."""


def has_apprise() -> bool:
    """Whether the extra is installed."""
    return find_spec("apprise") is not None


class _Child:
    """A message that a program of ours sends, which may only connect where messages may go."""

    def __init__(self, module: str, request: dict[str, Any]) -> None:
        asked = {**request, "allowed": conf().notify_allowed_networks, "seconds": SECONDS}
        path = capped.surroundings()["PYTHONPATH"]
        kept = egress.surroundings(proxies=False)
        self._aside = capped.Aside(
            module,
            json.dumps(asked, ensure_ascii=False).encode(),
            env={**kept, "PYTHONPATH": path},
            seconds=SECONDS,
        )

    @property
    def is_over(self) -> bool:
        """Whether it has arrived, or will not."""
        return self._aside.is_over

    def failure(self) -> str:
        """Why it has not arrived, once it is over; "" when it has."""
        output = self._aside.output()
        return TOO_LONG if output is None else str(json.loads(output)["failure"])

    def end(self) -> None:
        """Give up."""
        self._aside.end()


class ToWebhook(_Child):
    """A signed post."""

    def __init__(self, url: str, key: str, body: bytes) -> None:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Jobsmith",
            SIGNATURE: sign(key, int(time.time()), body),
        }
        request = {"url": url, "headers": headers, "body": body.decode()}
        super().__init__(WEBHOOK_CHILD, request)


class ToService(_Child):
    """A message to a service that Apprise knows."""

    def __init__(self, url: str, message: Message) -> None:
        super().__init__(SERVICE_CHILD, {"url": url, "title": message.title, "text": message.text})


class Letter:
    """A mail, through the server that Django's settings name."""

    def __init__(self, to: str, message: Message) -> None:
        self._failure = TOO_LONG
        self._deadline = time.monotonic() + SECONDS
        self._thread = threading.Thread(target=self._send, args=(to, message), daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Whether it has arrived, or will not."""
        return not self._thread.is_alive() or time.monotonic() >= self._deadline

    def failure(self) -> str:
        """Why it has not arrived, once it is over; "" when it has."""
        return self._failure

    def end(self) -> None:
        """Nobody can stop a mail that is on its way."""

    def _send(self, to: str, message: Message) -> None:
        try:
            mail = EmailMultiAlternatives(
                message.title, message.text, to=[to], connection=get_connection()
            )
            mail.attach_alternative(message.html, "text/html")
            mail.send()
            self._failure = ""
        except SMTPResponseException as error:
            self._failure = f"The mail server answered {error.smtp_code}."
        except Exception as error:  # a host may have a mail backend of its own
            self._failure = f"The mail could not be sent: {type(error).__name__}."
