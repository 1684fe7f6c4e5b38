"""Which addresses the programs behind `fetch` may connect to.

It looks where a socket connects, so a name cannot turn into another address after the look, and
redirects are seen like first addresses.
"""

import os
import socket
import sys
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from .commit_files import Refused

_NAT64 = ip_network("64:ff9b::/96")
_CLOSED = [
    ip_network(each)
    for each in (
        *("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "255.255.255.255/32"),
        *("::/127", "fe80::/10", "ff00::/8"),
        # Where clouds tell machines their secrets, outside of the link-local networks.
        *("100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32", "fd00:ec2::254/128"),
    )
]
_PROXIES = ("https_proxy", "http_proxy", "all_proxy")


def confine(allowed: Sequence[str]) -> None:
    """From now on, connecting to an address that is closed raises Refused.

    Networks in ``allowed`` are open, and so are the proxies that the operator told us to use.
    """
    proxies = _proxies()

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        if event != "socket.connect" or not isinstance(arguments[1], tuple):
            return
        host, port = arguments[1][:2]
        if is_closed(host, allowed) and (host, port) not in proxies:
            raise Refused(
                f"The address leads to {host}, from where nothing is fetched unless the setting "
                "GIT_ALLOWED_NETWORKS names it."
            )

    sys.addaudithook(look)


def is_closed(host: str, allowed: Sequence[str]) -> bool:
    """Whether nothing is fetched from that IP address."""
    address = _plain(ip_address(host.partition("%")[0]))
    if any(address in ip_network(each) for each in allowed):
        return False
    return any(address in each for each in _CLOSED)


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """An IPv4 address out of the IPv6 address that stands for it."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address


def _proxies() -> set[tuple[str, int]]:
    found = set[tuple[str, int]]()
    for name in _PROXIES:
        parts = urlsplit(os.environ.get(name, ""))
        if parts.hostname:
            found |= _resolved(parts.hostname, parts.port or 80)
    return found


def _resolved(host: str, port: int) -> set[tuple[str, int]]:
    try:
        infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return set()  # connecting will say so
    return {(str(each[4][0]), port) for each in infos}
