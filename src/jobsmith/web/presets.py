"""Filled permission forms for what is granted most: to run one job, and to see one's own runs."""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.http import QueryDict

from jobsmith import policies
from jobsmith.errors import NotFound
from jobsmith.models import (
    Job,
    JobConsoleEntry,
    JobFile,
    JobLogEntry,
    JobResult,
)
from jobsmith.policies import Actor

from .paging import as_uuid

RUN, OWN_RUNS, LINES = "run", "own-runs", "lines"
MOST = 100


def preset(asked: QueryDict, user: Actor) -> dict[str, Any]:
    """First values of the form that ``?for=`` names; ``run`` takes a job in the user's reach."""
    wanted = asked.get("for")
    if wanted == RUN:
        return _run(asked.get("job", ""), user)
    if wanted == OWN_RUNS:
        return _values("See one's own runs", JobResult, constraints={"user": "$user"})
    if wanted == LINES:
        return _values("Lines and files of runs", JobLogEntry, JobConsoleEntry, JobFile)
    return {}


def _run(key: str, user: Actor) -> dict[str, Any]:
    policies.require(user, "view", Job)
    pk = as_uuid(key)
    if pk is None:
        raise NotFound
    job = policies.find(policies.jobs(user), pk=pk)
    values = _values(f"Run {job.name}"[:MOST], Job, constraints={"pk": str(job.pk)})
    return {**values, "actions": ["view", "run"]}


def _values(name: str, *kinds: type[Model], constraints: Any = None) -> dict[str, Any]:
    types = ContentType.objects.get_for_models(*kinds).values()
    return {
        "name": name,
        "object_types": [each.pk for each in types],
        "actions": ["view"],
        "constraints": constraints,
    }
