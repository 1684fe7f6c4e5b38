"""A Git server says that somebody has pushed: sync the repository."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Now

from jobsmith.catalog.system import SYNC, system_job
from jobsmith.errors import Busy, HookRefused, JobsmithError, KeyReused, SealBroken
from jobsmith.inputs.vault import open_sealed, seal
from jobsmith.lifecycle import FINAL, Status
from jobsmith.models import GitRepository, JobResult, ScheduledJob
from jobsmith.signatures import Message, is_signed
from jobsmith.sources.git.pushes import means, pushed_ref

from .once import Once, first_run, forget
from .remotes import next_try
from .sync_repository import owner_of, sync_by_itself, unfinished_sync
from .transactions import changes, database_now, held

DOOR = "webhook"
KEPT_AS = "webhook_secret"
ASK_EVERY = 30
"""Seconds between two looks at a server that repeated messages ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What became of a message."""

    said: str
    result: JobResult | None = None
    """The sync that it started, now or when it came first."""


def receive_push(key: str, message: Message) -> Received:
    """Sync the repository with that key, if the message is about its branch.

    Whoever has the repository's webhook secret may have it synced, in the name of its owner.
    Raises HookRefused alike for repositories that do not exist or take no messages and for
    wrong signatures; OwnerGone, NotAllowed, NotFound, JobDisabled or Busy when it cannot sync.
    """
    row = _found(key)
    if not is_signed(message, _secret(row)) or row is None:
        raise HookRefused
    ref = pushed_ref(message)
    if not ref:
        return Received(said="This is no push of a branch or a tag, so nothing is synced.")
    if not means(ref, row.branch):
        return Received(said=f"{ref} is not what this repository follows, so nothing is synced.")
    return _told(row, message)


def _found(key: str) -> GitRepository | None:
    try:
        rows = GitRepository.objects.filter(pk=UUID(key)).exclude(sealed_webhook_secret="")
    except ValueError:
        rows = GitRepository.objects.none()
    return rows.select_related("owner").first()


def _secret(row: GitRepository | None) -> str:
    """Its secret, or one that nobody knows, so that both take the same work."""
    try:
        return str(open_sealed(row.sealed_webhook_secret if row else _nobodys())[KEPT_AS])
    except SealBroken:
        return secrets.token_hex()


@cache
def _nobodys() -> str:
    return seal({KEPT_AS: secrets.token_hex()})


def _told(row: GitRepository, message: Message) -> Received:
    """Sync it, or say on its page why not."""
    system_job(SYNC)  # found before the transaction: that may take a child
    try:
        with changes():
            return _received(held(row), Once(key=f"push {row.pk} {message.name}", fingerprint=""))
    except Busy:
        raise
    except JobsmithError as error:
        told = {"looked_at": Now(), "look_failure": error.message[:500]}
        GitRepository.objects.filter(pk=row.pk).update(**told)
        raise


def _received(row: GitRepository, once: Once) -> Received:
    """With the row held, so that two messages at once start one sync."""
    owner = owner_of(row)
    try:
        first = first_run(once, user=owner)
    except KeyReused:
        return _again(row, "This message came before; the run that it started is deleted.")
    if first is not None and not _came_to_nothing(first):
        result = first if isinstance(first, JobResult) else None
        return _again(row, "This message came before.", result)
    _have_asked(row, next_try())
    under_way = unfinished_sync(row)
    if under_way is None:
        forget(once, user=owner)
        result = sync_by_itself(row, door=DOOR, once=once)
        return Received(said="The repository is being synced.", result=result)
    if under_way.status == Status.PENDING:
        return Received(said="A sync of the repository waits already.")
    _have_asked(row, database_now())
    return Received(said="A sync of the repository runs. After it the server is asked again.")


def _came_to_nothing(first: JobResult | ScheduledJob) -> bool:
    return isinstance(first, JobResult) and first.status in FINAL - {Status.SUCCESS}


def _again(row: GitRepository, said: str, result: JobResult | None = None) -> Received:
    """Nothing starts, but a second push may look like the first: asking shows whether it is one."""
    now = database_now()
    soonest = row.looked_at + timedelta(seconds=ASK_EVERY) if row.looked_at else now
    _have_asked(row, max(now, soonest))
    return Received(
        said=f"{said} The server is asked whether there is a new commit.", result=result
    )


def _have_asked(row: GitRepository, when: datetime) -> None:
    """Have a scheduler ask the server then, unless it does so sooner."""
    later = Q(next_poll_at=None) | Q(next_poll_at__gt=when)
    GitRepository.objects.filter(later, pk=row.pk).update(next_poll_at=when)
