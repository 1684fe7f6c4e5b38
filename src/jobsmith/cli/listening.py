"""The socket that the web process serves, and what to know before others can reach it."""

import errno
import ipaddress
import socket
from collections.abc import Iterator

import click
from django.conf import settings
from django.urls import get_script_prefix

BACKLOG = 2048


class PortInUse(click.ClickException):
    """Somebody else listens there."""

    exit_code = 1


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; raises PortInUse, or another ClickException, with a sentence."""
    try:
        family, kind, _proto, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        raise _refusal(host, port, error) from error
    return listener


def address_of(listener: socket.socket) -> str:
    """The address to open in a browser on this machine."""
    host, port = listener.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104  compared, not bound
        host = "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{get_script_prefix()}"


def advice(host: str) -> Iterator[str]:
    """What to set before other machines can use a server on this address."""
    if _is_loopback(host):
        return
    yield f"HOST is {host}: other machines can reach this server."
    if set(settings.ALLOWED_HOSTS) <= {"localhost", "127.0.0.1", "[::1]"}:
        yield "Set JOBSMITH_ALLOWED_HOSTS to the names people type, e.g. jobs.example.org."
    if not settings.CSRF_TRUSTED_ORIGINS:
        yield "Set JOBSMITH_CSRF_TRUSTED_ORIGINS, e.g. https://jobs.example.org, behind a proxy."
    if not settings.SESSION_COOKIE_SECURE:
        yield "Set JOBSMITH_HTTPS=1 once HTTPS is served; until then passwords travel in clear."


def _refusal(host: str, port: int, error: OSError) -> click.ClickException:
    if isinstance(error, socket.gaierror):
        return click.ClickException(f"HOST {host!r} is not an address of this machine.")
    if isinstance(error, PermissionError):
        return click.ClickException(f"Port {port} needs more rights. Choose one above 1023.")
    if error.errno == errno.EADDRINUSE:
        return PortInUse(
            f"Port {port} on {host} is already in use. "
            f"Stop the other program or choose another port: PORT={port + 1}."
        )
    return click.ClickException(f"Cannot listen on {host}:{port}: {error.strerror}.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
