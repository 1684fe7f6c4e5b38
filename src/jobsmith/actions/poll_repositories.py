"""Ask the servers of Git repositories whether there is a new commit, as often as they are polled.

Any number of schedulers may do so at once: a due time is claimed by compare-and-set, and a sync
begins only where none of that repository is under way.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

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
            row.unchanged().update(looked_at=Now(), look_failure=error.message[:500])


def _claimed(most: int) -> Iterable[GitRepository]:
    """Repositories whose server this scheduler has to ask now, and no other."""
    due = GitRepository.objects.filter(next_poll_at__lte=Now()).order_by("next_poll_at")
    found: list[GitRepository] = []
    for row in due[:CONSIDERED]:
        if len(found) < most and unfinished_sync(row) is None and _claim(row):
            found.append(row)
    return found


def _claim(row: GitRepository) -> bool:
    """Where nobody polls, a push has it asked: until its commit is known to be synced."""
    pace = timedelta(seconds=row.poll_seconds)
    following = database_now() + pace if pace else next_try()
    due = row.unchanged().filter(next_poll_at=row.next_poll_at, poll_seconds=row.poll_seconds)
    is_ours = bool(due.update(next_poll_at=following))
    row.next_poll_at = following
    return is_ours


def _take_in(asked: _Asked) -> None:
    row, failure = asked.row, ""
    try:
        if _follow(row, asked.look.head()):
            claimed = row.unchanged().filter(poll_seconds=0, next_poll_at=row.next_poll_at)
            claimed.update(next_poll_at=None)
    except Busy:
        raise
    except JobsmithError as error:
        failure = error.message[:500]
    row.unchanged().update(looked_at=Now(), look_failure=failure)


def _follow(row: GitRepository, head: str) -> bool:
    """Have the commit synced if no sync has come to an end with it; whether one has."""
    system_job(SYNC)  # found before the transaction: that may take a child
    with changes():
        if not row.unchanged().update(looked_at=Now()):
            return False  # it is another repository by now, or none
        now = GitRepository.objects.select_related("owner").get(pk=row.pk)
        if _waits(now, head) or unfinished_sync(now) is not None:
            return now.tried_head == head and now.retry_at is None
        sync_by_itself(now, door=DOOR)
        row.unchanged().update(tried_head=head, retry_at=next_try())
    return False


def _waits(row: GitRepository, head: str) -> bool:
    is_early = row.retry_at is None or row.retry_at > timezone.now()
    return row.tried_head == head and is_early
