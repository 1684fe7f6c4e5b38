"""The program behind `ToWebhook`: posts once and follows nothing."""

import http.client
from typing import Any
from urllib.parse import urlsplit

from .child import NotTaken, answer_with

PATIENCE = 10
"""Seconds that the server may say nothing."""


def post(request: dict[str, Any]) -> None:
    """Post the body; anything but 2xx raises NotTaken. What the server says is not read."""
    parts = urlsplit(request["url"])
    is_safe = parts.scheme == "https"
    kind = http.client.HTTPSConnection if is_safe else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=PATIENCE)
    path = parts._replace(scheme="", netloc="").geturl() or "/"
    connection.request("POST", path, request["body"].encode(), request["headers"])
    status = connection.getresponse().status
    if 300 <= status < 400:
        raise NotTaken(f"The server answered {status}: redirects are not followed.")
    if not 200 <= status < 300:
        raise NotTaken(f"The server answered {status}.")


if __name__ == "__main__":
    answer_with(post)
