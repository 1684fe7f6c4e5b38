"""How many runs of a job may go on at a time."""

from dataclasses import dataclass
from typing import Any

from jobsmith.specs import JSON, VariableSpec

WHEN_FULL = ("queue", "skip", "replace", "fail")
MOST = 1000
UNFIT = ("SecretVar", "FileVar")
"""Variables whose values tell no runs apart, or must not be compared."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many runs of a job at a time: ``Limit(3, key="site")`` is 3 for each site."""

    limit: int
    key: str = ""
    """Name of the variable whose value runs share the limit by; "" means all runs of the job."""
    when_full: str = "queue"
    """``queue``: a further run waits. ``skip``: it is recorded, and ends at once. ``replace``: the
    oldest one is cancelled for it. ``fail``: it is refused."""


def describe_limit(job_class: Any, variables: list[VariableSpec]) -> dict[str, JSON]:
    """What ``Meta.concurrency`` says, as fields of a JobSpec; TypeError or ValueError."""
    found = getattr(getattr(job_class, "Meta", None), "concurrency", None)
    if found is None:
        return {}
    if not isinstance(found, Limit):
        said = type(found).__name__
        raise TypeError(f"Meta.concurrency should be a Limit, not {said}.")
    _check(found, {each.name: each.type for each in variables})
    return {
        "concurrency_limit": found.limit,
        "concurrency_key": found.key,
        "concurrency_when_full": found.when_full,
    }


def _check(limit: Limit, variables: dict[str, str]) -> None:
    number: Any = limit.limit
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= MOST:
        raise ValueError(f"Meta.concurrency: the limit should be a number from 1 to {MOST}.")
    if limit.when_full not in WHEN_FULL:
        known = ", ".join(WHEN_FULL)
        raise ValueError(f"Meta.concurrency: when_full should be one of {known}.")
    if limit.key and limit.key not in variables:
        raise ValueError(f"Meta.concurrency: {limit.key} is no variable of the job.")
    if variables.get(limit.key) in UNFIT:
        raise ValueError(f"Meta.concurrency: {limit.key} is a secret or a file, and can be no key.")
