"""What may be an address to send to, and what of it may be shown."""

import re
from urllib.parse import SplitResult, urlsplit

LONGEST = 2000
NO_ADDRESS = "This is no address that messages can be sent to."
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")


def refusal_of_webhook(url: str) -> str:
    """Why messages cannot be posted there; "" when they can."""
    parts = _parts(url)
    if parts is None:
        return NO_ADDRESS
    if parts.scheme not in ("http", "https"):
        return "A webhook begins with https:// or http://."
    if parts.username is not None or parts.password is not None:
        return "Leave user name and password out of the address: the signature tells who sends."
    return "" if parts.hostname and not parts.fragment else NO_ADDRESS


def refusal_of_service(url: str) -> str:
    """Why that is no address of a service as Apprise writes them; "" when it may be one."""
    scheme, mark, rest = url.partition("://")
    is_one = mark and rest and _SCHEME.fullmatch(scheme.lower()) and _is_clean(url)
    return "" if is_one else NO_ADDRESS


def shown(url: str) -> str:
    """The scheme of an address and its host, where that is a web address; the rest is secret."""
    scheme, _, _ = url.partition("://")
    parts = _parts(url) if scheme.lower() in ("http", "https") else None
    if parts is None:
        return f"{scheme.lower()}://…"[:255]
    port = f":{parts.port}" if parts.port else ""
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}{port}/…"[:255]


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        is_good = parts.port != 0
    except ValueError:
        return None
    return parts if is_good and _is_clean(url) else None


def _is_clean(url: str) -> bool:
    return url.isascii() and url.isprintable() and " " not in url and len(url) <= LONGEST
