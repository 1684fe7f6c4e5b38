"""Create, edit and delete Git repositories. None of these talks to the server."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from jobsmith import policies
from jobsmith.catalog.sync import retire
from jobsmith.errors import InputsRefused
from jobsmith.inputs.private_keys import refusal_of_key, tidy_key
from jobsmith.inputs.vault import seal
from jobsmith.models import GitRepository
from jobsmith.models.git_repository import JOBS, WHAT
from jobsmith.policies import Actor, identity
from jobsmith.sources.base import repository as ref_of
from jobsmith.sources.git.addresses import (
    refusal_of_ref,
    refusal_of_slug,
    refusal_of_subfolder,
    refusal_of_url,
    slug_of,
)
from jobsmith.sources.git.host_keys import fingerprint_of, refusal_of_host_key

from .removing import remove
from .save_record import create_record, update_record
from .stale import Seen
from .transactions import changes, held

PROVIDED = (
    "extras.configcontext",
    "extras.configcontextschema",
    "extras.exporttemplate",
    "extras.graphqlquery",
    JOBS,
    "data_validation.data_compliance_rule",
)
"""What existing clients may say that a repository holds; only jobs are read."""
POLL_LEAST, POLL_MOST = 30, 7 * 24 * 3600
"""Seconds between two looks at a server."""
SECRET_LEAST = 16
"""Characters of a webhook secret: whoever sees one signed message can try shorter ones."""
_SECRETS = {
    "token": "sealed_token",
    "private_key": "sealed_key",
    "webhook_secret": "sealed_webhook_secret",
}
"""Values that are sealed, and where they are kept."""


def create_repository(*, user: Actor, values: Mapping[str, Any]) -> GitRepository:
    """Add a repository; ``token``, ``private_key`` and ``webhook_secret`` among the values are
    sealed, ``slug`` is made where missing.

    Raises NotAllowed, InputsRefused by field, or Busy.
    """
    policies.require(user, "add", GitRepository)
    given = dict(values)
    given["slug"] = given.get("slug") or slug_of(str(given.get("name", "")))
    given.setdefault("branch", "main")
    return create_record(GitRepository, user=user, values=_checked(given) | _by_itself(given, user))


def update_repository(
    row: GitRepository, *, user: Actor, values: Mapping[str, Any], seen: Seen | None = None
) -> GitRepository:
    """Change a repository and return it as it is now.

    Another address forgets token, private key and host key, so that nobody can have them used at
    a server of theirs.
    Raises NotAllowed, NotFound, InputsRefused by field, ChangedMeanwhile or Busy.
    """
    policies.require_on(user, "change", row)
    given = dict(values)
    if given.pop("slug", row.slug) not in ("", row.slug):
        raise InputsRefused({"slug": ["It stays as it is: jobs are called by it."]})
    if given.get("remote_url", row.remote_url) != row.remote_url:
        given = {"token": "", "private_key": "", "host_key": "", **given}
    if any(given.get(name, getattr(row, name)) != getattr(row, name) for name in WHAT):
        given |= {"current_head": "", "tried_head": "", "retry_at": None}
    values = _checked(given, row) | _by_itself(given, user, row)
    return update_record(row, user=user, values=values, seen=seen)


def delete_repository(row: GitRepository, *, user: Actor) -> None:
    """Delete it; its jobs are no longer installed, and the history of their runs stays.

    Raises NotAllowed, NotFound or Busy.
    """
    policies.require_on(user, "delete", row)
    with changes():
        held(row)  # before the sources, as a sync does
        retire(ref_of(row).key)
        remove(row, user=user)


def _by_itself(
    given: Mapping[str, Any], user: Actor, row: GitRepository | None = None
) -> dict[str, Any]:
    """When it is looked at next, and in whose name it syncs then."""
    found: dict[str, Any] = {"owner_id": identity(user), "look_failure": ""}
    seconds = given.get("poll_seconds", row.poll_seconds if row else 0)
    if row is None or "current_head" in given or seconds != row.poll_seconds:
        found["next_poll_at"] = timezone.now() if seconds else None
    return found


def _checked(given: dict[str, Any], row: GitRepository | None = None) -> dict[str, Any]:
    """The values as they are kept; raises InputsRefused."""
    if given.get("private_key"):
        given["private_key"] = tidy_key(given["private_key"])
    if given.get("subfolder"):
        given["subfolder"] = given["subfolder"].rstrip("/") or "/"
    _refuse_bad(given, row)
    if given.get("host_key"):
        given["host_key"] = fingerprint_of(given["host_key"])
    for name, column in _SECRETS.items():
        secret = given.pop(name, None)
        if secret is not None:
            given[column] = seal({name: secret} if secret else {})
    return given


def _refuse_bad(given: Mapping[str, Any], row: GitRepository | None = None) -> None:
    """Raise InputsRefused with what is wrong with the values that are there."""
    checks = {
        "slug": refusal_of_slug,
        "remote_url": refusal_of_url,
        "branch": refusal_of_ref,
        "subfolder": refusal_of_subfolder,
        "provided_contents": _refusal_of_contents,
        "username": _refusal_of_word,
        "token": _refusal_of_word,
        "private_key": refusal_of_key,
        "host_key": refusal_of_host_key,
        "poll_seconds": _refusal_of_pace,
        "webhook_secret": _refusal_of_secret,
    }
    told = {name: check(given[name]) for name, check in checks.items() if name in given}
    if not any(told.values()) and _is_provided_elsewhere(given, row):
        told["provided_contents"] = (
            "Another repository with this address and folder provides the same."
        )
    refused = {name: [sentence] for name, sentence in told.items() if sentence}
    if refused:
        raise InputsRefused(refused)


def _refusal_of_contents(contents: Any) -> str:
    if not isinstance(contents, list) or not all(each in PROVIDED for each in contents):
        return f"Choose from: {', '.join(PROVIDED)}."
    return ""


def _refusal_of_pace(seconds: Any) -> str:
    is_number = isinstance(seconds, int) and not isinstance(seconds, bool)
    if is_number and (seconds == 0 or POLL_LEAST <= seconds <= POLL_MOST):
        return ""
    return f"Enter 0 for never, or {POLL_LEAST} to {POLL_MOST:,} seconds."


def _refusal_of_word(text: str) -> str:
    """A header holds user name and token, so they are one line of plain letters."""
    return "" if text.isascii() and (not text or text.isprintable()) else "Use plain letters only."


def _refusal_of_secret(text: str) -> str:
    if text and len(text) < SECRET_LEAST:
        return f"Use at least {SECRET_LEAST} characters."
    return _refusal_of_word(text)


def _is_provided_elsewhere(given: Mapping[str, Any], row: GitRepository | None) -> bool:
    url = given.get("remote_url", row.remote_url if row else "")
    contents = set(given.get("provided_contents", row.provided_contents if row else []))
    folder = given.get("subfolder", row.subfolder if row else "")
    others = GitRepository.objects.filter(remote_url=url, subfolder=folder)
    if row is not None:
        others = others.exclude(pk=row.pk)
    return any(contents & set(each.provided_contents) for each in others)
