"""Verbs on schedules."""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)
from graphql import GraphQLResolveInfo as Info

from jobsmith import policies
from jobsmith.actions.delete_schedule import delete_schedule
from jobsmith.actions.edit_schedule import edit_schedule, edited_inputs
from jobsmith.actions.enqueue_job import Accepted
from jobsmith.actions.priority import read_priority
from jobsmith.actions.save_schedule import (
    pause_schedule,
    resume_schedule,
    run_schedule_now,
    skip_next_due,
)
from jobsmith.actions.transfer_schedule import receiver, transfer_schedule
from jobsmith.models import Job, ScheduledJob
from jobsmith.policies import Actor

from .answering import KEY, answering, key_of
from .planning import Asking
from .scalars import ANYTHING

CHANGES = {"pause": pause_schedule, "resume": resume_schedule, "skip": skip_next_due}


def fields(types: Mapping[str, GraphQLObjectType]) -> dict[str, GraphQLField]:
    """The verbs by name."""
    boolean = GraphQLNonNull(GraphQLBoolean)
    changes = {
        f"{word}_scheduled_job": GraphQLField(
            types["scheduled_job"], args=KEY, resolve=answering("scheduled_job", _changing(verb))
        )
        for word, verb in CHANGES.items()
    }
    return {
        **changes,
        "run_scheduled_job": GraphQLField(
            types["job_result"], args=KEY, resolve=answering("job_result", run_now)
        ),
        "edit_scheduled_job": GraphQLField(
            types["scheduled_job"],
            args=KEY | _edits(),
            resolve=answering("scheduled_job", edit),
        ),
        "transfer_scheduled_job": GraphQLField(
            types["scheduled_job"],
            args=KEY | _receiver(),
            resolve=answering("scheduled_job", transfer),
        ),
        "delete_scheduled_job": GraphQLField(boolean, args=KEY, resolve=_deleted),
    }


def run_now(user: Actor, id: str) -> Accepted:
    """Run the job of a schedule with its inputs once more, in the name of who asks."""
    policies.require(user, "run", Job)
    return run_schedule_now(_schedule(user, id, "view"), user=user, door="graphql")


def edit(user: Actor, id: str, data: Any = None, priority: int | None = None) -> ScheduledJob:
    """Change what a schedule runs with."""
    policies.require(user, "run", Job)
    schedule = _schedule(user, id, "change")
    inputs = edited_inputs(schedule, {} if data is None else data, user=user)
    first = None if priority is None else read_priority(priority)
    return edit_schedule(schedule, user=user, inputs=inputs, priority=first)


def transfer(user: Actor, id: str, to: str | None = None) -> ScheduledJob:
    """Have a schedule run in another user's name, or in one's own."""
    policies.require(user, "run", Job)
    schedule = _schedule(user, id, "change")
    return transfer_schedule(schedule, user=user, to=receiver(to or "", user=user))


def _receiver() -> dict[str, GraphQLArgument]:
    said = "Name or id of a user; left out, it is whoever asks."
    return {"user": GraphQLArgument(GraphQLString, description=said, out_name="to")}


def _edits() -> dict[str, GraphQLArgument]:
    said = "Inputs by variable name; those that are not named stay."
    return {
        "data": GraphQLArgument(ANYTHING, description=said),
        "priority": GraphQLArgument(GraphQLInt),
    }


def _changing(verb: Callable[..., ScheduledJob]) -> Callable[..., ScheduledJob]:
    return lambda user, id: verb(_schedule(user, id, "change"), user=user)


def _deleted(_root: Any, info: Info[Any], id: str) -> bool:
    user = Asking.of(info).user
    delete_schedule(_schedule(user, id, "delete"), user=user)
    return True


def _schedule(user: Actor, key: str, right: str) -> ScheduledJob:
    policies.require(user, right, ScheduledJob)
    return policies.find(policies.scoped(ScheduledJob, user, right), pk=key_of(key))
