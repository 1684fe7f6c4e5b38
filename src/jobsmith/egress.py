"""Which addresses a program of ours may connect to: the one way out for what people type in.

It looks where a socket connects, so a name cannot turn into another address after the look, and
redirects are seen like first addresses. Programs that speak to such addresses are children, which
call `confine` before anything else.
"""

import os
import socket
import sys
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

_NAT64 = ip_network("64:ff9b::/96")
_OURS = tuple(
    ip_network(each)
    for each in (
        *("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "255.255.255.255/32"),
        *("::/127", "fe80::/10", "ff00::/8"),
        # Where clouds tell machines their secrets, outside of the link-local networks.
        *("100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32", "fd00:ec2::254/128"),
    )
)
_KEPT = ("PATH", "LANG", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")
_PROXIES = ("https_proxy", "http_proxy", "all_proxy")
_CONNECTS = ("socket.connect", "socket.sendto")

Refuse = Callable[[str], BaseException]
"""Makes the exception of the IP address that is closed."""


def surroundings(*, proxies: bool = True) -> dict[str, str]:
    """What a program that goes to the network has of our environment: no settings, no secrets."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, **_of_proxies()} if proxies else kept


def confine(
    allowed: Sequence[str], refuse: Refuse, *, private: bool = True, proxies: bool = True
) -> None:
    """From now on, connecting to an address that is closed raises what ``refuse`` makes.

    Networks in ``allowed`` are open. ``private`` opens the networks of organisations, and
    ``proxies`` those proxies that the operator told us to use.
    """
    known = _proxies() if proxies else set()

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        if event not in _CONNECTS or not isinstance(arguments[1], tuple):
            return
        host, port = arguments[1][:2]
        if is_closed(host, allowed, private=private) and (host, port) not in known:
            raise refuse(host)

    sys.addaudithook(look)


def is_closed(host: str, allowed: Sequence[str], *, private: bool = True) -> bool:
    """Whether no connection may be made to that IP address."""
    address = _plain(ip_address(host.partition("%")[0]))
    if any(address in ip_network(each) for each in allowed):
        return False
    if any(address in each for each in _OURS):
        return True
    return not (private or address.is_global)


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """An IPv4 address out of the IPv6 address that stands for it."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _of_proxies() -> dict[str, str]:
    """The variables of proxies by their small names, which all libraries know, in either case."""
    found = {}
    for name in (*_PROXIES, "no_proxy"):
        if value := os.environ.get(name) or os.environ.get(name.upper()):
            found[name] = value
    return found


def _proxies() -> set[tuple[str, int]]:
    found = set[tuple[str, int]]()
    given = _of_proxies()
    for name in _PROXIES:
        parts = urlsplit(given.get(name, ""))
        if parts.hostname:
            found |= _resolved(parts.hostname, parts.port or 80)
    return found


def _resolved(host: str, port: int) -> set[tuple[str, int]]:
    try:
        infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return set()  # connecting will say so
    return {(str(each[4][0]), port) for each in infos}
