"""Jobs as lists show them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from jobsmith import policies
from jobsmith.models import Job
from jobsmith.policies import Actor

from .history import History, histories, with_last_runs

MAY_RUN = "may_run"


@dataclass(frozen=True, slots=True)
class Entry:
    """A job in the list."""

    job: Job
    history: History
    hue: int
    mark: str
    may_run: bool


def listed(jobs: QuerySet[Job], user: Actor) -> QuerySet[Job]:
    """The jobs with what `entries` needs to know, so that a list asks for it all at once."""
    runnable = policies.jobs(user, "run").filter(pk=OuterRef("pk")).order_by()
    return with_last_runs(jobs, policies.results(user)).annotate(**{MAY_RUN: Exists(runnable)})


def entries(jobs: Sequence[Job], user: Actor) -> list[Entry]:
    """Entries of jobs that were `listed`, in one query however many there are."""
    found = histories(jobs, policies.results(user))
    return [_entry(job, found.get(job.pk, History())) for job in jobs]


def _entry(job: Job, history: History) -> Entry:
    """Its colour is that of its grouping."""
    hue = sum(map(ord, job.grouping)) % 6 + 1
    words = [word for word in job.name.replace("-", " ").split() if word[0].isalnum()]
    mark = "".join(word[0] for word in words[:2]) if len(words) > 1 else job.name[:2]
    return Entry(job, history, hue, mark.upper(), job.runnable and getattr(job, MAY_RUN))
