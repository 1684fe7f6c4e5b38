"""What may be said about a repository: its address, its branch and the name of its package."""

import importlib.util
import keyword
import re
import sys
from urllib.parse import SplitResult, urlsplit

from ..belonging import folder_belongs
from .ssh_address import ssh_address

MAX_SLUG = 80
"""Module names of its jobs begin with it, and are limited too."""

KINDS = "that begin with https://, http:// or ssh://, or look like git@host:path,"
_NO_ADDRESS = "This is no address of a repository."

STOOD_IN_FOR = frozenset({"nautobot", "celery", "billiard"})
"""Packages whose names `jobsmith.compat` serves to job code: a repository must not hide them."""

_BAD_IN_URL = re.compile(r"[\s\\\x00-\x1f\x7f<>\"'`{}|^$]")
_BAD_IN_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|$)")
_SLUG = re.compile(r"[a-z_][a-z0-9_]*")


def refusal_of_url(url: str) -> str:
    """Why that address cannot be fetched from; "" when it can."""
    try:
        parts = urlsplit(url)
        port_is_good = parts.port != 0
    except ValueError:
        return _NO_ADDRESS
    if _BAD_IN_URL.search(url) or not port_is_good:
        return _NO_ADDRESS
    return "" if ssh_address(url) else _refusal_of_parts(parts)


def _refusal_of_parts(parts: SplitResult) -> str:
    scheme = parts.scheme.lower()
    if scheme not in ("http", "https", "ssh"):
        return f"Only addresses {KINDS} are fetched from."
    if parts.password is not None or (parts.username is not None and scheme != "ssh"):
        return "Leave the user name and password out of the address: they have their own fields."
    if parts.query or parts.fragment:
        return "An address of a repository has neither ? nor #."
    return "" if parts.hostname and scheme != "ssh" else _NO_ADDRESS


def refusal_of_ref(ref: str) -> str:
    """Why that cannot be the name of a branch, a tag or a commit; "" when it can."""
    if not ref or ref.startswith(("-", "/", ".")) or ref.endswith(("/", ".")) or ref == "@":
        return "This is no name of a branch, a tag or a commit."
    if _BAD_IN_REF.search(ref):
        return "This is no name of a branch, a tag or a commit."
    return ""


def refusal_of_subfolder(path: str) -> str:
    """Why that cannot be a folder within a repository; "" when it can, or is empty."""
    if not path:
        return ""
    if path.startswith("/") or re.match(r"[A-Za-z]:", path):
        return "Enter the folder as seen from the top of the repository, without a / before it."
    if "\\" in path or not path.isprintable():
        return "Enter a folder like ops/jobs: plain names, parted by /."
    names = path.split("/")
    if any(each in ("", ".", "..") for each in names):
        return "A folder must not be empty, . or .. on the way."
    if not all(folder_belongs(each) for each in names):
        return "Nothing is read from hidden folders and folders of tools."
    return ""


def slug_of(name: str) -> str:
    """The name of a package made of that of the repository."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:MAX_SLUG]


def refusal_of_slug(slug: str) -> str:
    """Why the repository's package cannot be called that; "" when it can."""
    if not _SLUG.fullmatch(slug) or keyword.iskeyword(slug) or keyword.issoftkeyword(slug):
        return "It must be a name that Python can import: small letters, digits and underscores."
    if len(slug) > MAX_SLUG:
        return f"It must have {MAX_SLUG} characters at most."
    if slug in sys.stdlib_module_names or slug in STOOD_IN_FOR or _is_installed(slug):
        return "An installed package has that name already."
    return ""


def _is_installed(name: str) -> bool:
    return name in sys.modules or importlib.util.find_spec(name) is not None
