"""What the programs that send have in common. Started by exec, without Django and settings."""

import json
import os
import signal
import socket
import ssl
import sys
from collections.abc import Callable
from typing import Any

from jobsmith.egress import confine


class Closed(Exception):
    """The address is closed to us; the message is a sentence."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"The address leads to {host}, where nothing is sent unless the setting "
            "NOTIFY_ALLOWED_NETWORKS names it."
        )


class NotTaken(Exception):
    """The message was not taken; the message of this is a sentence."""


SENTENCES: tuple[tuple[type[BaseException], str], ...] = (
    (ssl.SSLCertVerificationError, "The certificate of the server could not be verified."),
    (ssl.SSLError, "The server does not speak TLS at that address."),
    (socket.gaierror, "No server has the name that the address tells."),
    (ConnectionRefusedError, "The server refused the connection."),
    (TimeoutError, "The server did not answer in time."),
    (OSError, "The connection to the server broke off."),
)


_LOCAL = {
    *("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "os.fork"),
    *("syslog.openlog", "syslog.syslog"),
}


def answer_with(send: Callable[[dict[str, Any]], None]) -> None:
    """Send the request from stdin, and say on stdout what came of it."""
    request = json.load(sys.stdin.buffer)
    # What libraries print must not stand in the answer.
    with open(os.dup(1), "w", encoding="utf-8") as answer_to:
        os.dup2(2, 1)
        met: list[Closed] = []

        def refuse(host: str) -> Closed:
            met.append(Closed(host))
            return met[-1]

        signal.alarm(request["seconds"])  # whoever asked may have died
        confine(request["allowed"], refuse, private=False, proxies=False)
        sys.addaudithook(_stay_away_from_here)
        try:
            send(request)
            failure = ""
        except BaseException as error:  # whatever it is, it becomes a sentence
            failure = str(met[0]) if met else _sentence(error)
        json.dump({"failure": failure}, answer_to)


def _stay_away_from_here(event: str, arguments: tuple[Any, ...]) -> None:
    """Some services are programs of this machine, or are reached by its own sockets."""
    is_local = event == "socket.connect" and not isinstance(arguments[1], tuple)
    if is_local or event in _LOCAL:
        raise NotTaken("Services of the server's own machine are not spoken to.")


def _sentence(error: BaseException) -> str:
    if isinstance(error, NotTaken):
        return str(error)
    for kind, said in SENTENCES:
        if isinstance(error, kind):
            return said
    return f"The message could not be sent: {type(error).__name__}."
