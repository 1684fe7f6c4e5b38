"""Ask the servers of Git repositories whether there is a new commit, as often as they are polled.

Any number of schedulers may do so at once: a due time is claimed by compare-and-set, and a sync
begins only where none of that repository is under way.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from jobsmith.catalog.system import SYNC, system_job
from jobsmith.context import changing
from jobsmith.errors import Busy, JobsmithError
from jobsmith.models import GitRepository
from jobsmith.sources.git.fetch import Look

from .remotes import next_try, remote_of
from .sync_repository import sync_by_itself, unfinished_sync
from .transactions import changes, database_now

DOOR = "poll"
LOOKS = 8
"""Servers that one scheduler asks at once."""
CONSIDERED = 50
"""Due repositories looked through in one go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A repository as it was when its server was asked."""

    row: GitRepository
    look: Look


class Polls:
    """The looks of one scheduler that are under way."""

    def __init__(self) -> None:
        """None yet."""
        self._asked: list[_Asked] = []

    def turn(self) -> int:
        """Take in what servers have answered, and ask those that are due; how many are asked now.

        Nobody waits for a server. Raises Busy when the database takes no writes now.
        """
        with changing(door="orm", detail="scheduler"):
            for each in [each for each in self._asked if each.look.is_over]:
                self._asked.remove(each)
                _take_in(each)
            for row in _claimed(LOOKS - len(self._asked)):
                self._ask(row)
        return len(self._asked)

    def end(self) -> None:
        """Give up what is under way; the next due time asks again."""
        for each in self._asked:
            each.look.end()

    def _ask(self, row: GitRepository) -> None:
        try:
            self._asked.append(_Asked(row=row, look=Look(remote_of(row))))
        except JobsmithError as error:
            _same(row).update(looked_at=Now(), look_failure=error.message[:500])


def _claimed(most: int) -> Iterable[GitRepository]:
    """Repositories whose server this scheduler has to ask now, and no other."""
    due = GitRepository.objects.filter(next_poll_at__lte=Now()).order_by("next_poll_at")
    found: list[GitRepository] = []
    for row in due[:CONSIDERED]:
        if len(found) < most and unfinished_sync(row) is None and _claim(row):
            found.append(row)
    return found


def _claim(row: GitRepository) -> bool:
    following = database_now() + timedelta(seconds=row.poll_seconds) if row.poll_seconds else None
    claimed = _same(row).filter(next_poll_at=row.next_poll_at, poll_seconds=row.poll_seconds)
    return bool(claimed.update(next_poll_at=following))


def _take_in(asked: _Asked) -> None:
    try:
        _follow(asked.row, asked.look.head())
        failure = ""
    except Busy:
        raise
    except JobsmithError as error:
        failure = error.message[:500]
    _same(asked.row).update(looked_at=Now(), look_failure=failure)


def _follow(row: GitRepository, head: str) -> None:
    """Have the commit synced if no sync has come to an end with it."""
    system_job(SYNC)  # found before the transaction: that may take a child
    with changes():
        if not _same(row).update(looked_at=Now()):
            return  # it is another repository by now, or none
        now = GitRepository.objects.select_related("owner").get(pk=row.pk)
        if _is_known(now, head) or unfinished_sync(now) is not None:
            return
        sync_by_itself(now, door=DOOR)
        _same(row).update(tried_head=head, retry_at=next_try())


def _is_known(row: GitRepository, head: str) -> bool:
    waits = row.retry_at is None or row.retry_at > timezone.now()
    return row.tried_head == head and waits


def _same(row: GitRepository) -> QuerySet[GitRepository]:
    """The row, as long as it still means what was asked for."""
    return GitRepository.objects.filter(pk=row.pk, remote_url=row.remote_url, branch=row.branch)
