"""Verbs: the same actions as at the other doors."""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLString,
    get_nullable_type,
)

from jobsmith import policies
from jobsmith.actions.cancel_result import cancel_result
from jobsmith.actions.delete_result import delete_result
from jobsmith.actions.enqueue_job import Accepted, RunOptions, enqueue_job, may_run
from jobsmith.actions.override_job import edit_job
from jobsmith.actions.press_button import press_button
from jobsmith.actions.priority import read_priority
from jobsmith.actions.queue_state import drain_queue, pause_queue, resume_queue
from jobsmith.actions.rerun_result import Code, rerun_result
from jobsmith.actions.run_form import json_run_form
from jobsmith.actions.save_schedule import save_schedule
from jobsmith.actions.sync_repository import sync_repository
from jobsmith.actions.timing import read_timing
from jobsmith.errors import InputsRefused, ScheduleRefused
from jobsmith.filters.fields import is_uuid
from jobsmith.filters.labels import our_name
from jobsmith.inputs.codec import CleanInputs
from jobsmith.models import (
    KEEPING_FIELDS,
    OVERRIDABLE_FIELDS,
    GitRepository,
    Job,
    JobQueue,
    JobResult,
    ScheduledJob,
)
from jobsmith.models.job import SCALAR_OVERRIDES
from jobsmith.policies import Actor

from . import on_approvals, on_notifications, on_schedules
from .answering import KEY, answering, key_of
from .planning import Asking
from .scalars import ANYTHING, column_type

FIRST = "Higher goes first. Above 0 it takes the right to prioritize the job."
QUEUE_VERBS = {
    "pause_job_queue": pause_queue,
    "drain_job_queue": drain_queue,
    "resume_job_queue": resume_queue,
}


def mutation_type(types: Mapping[str, GraphQLObjectType]) -> GraphQLObjectType:
    """All verbs."""
    result = types["job_result"]
    run = _run_arguments()
    return GraphQLObjectType(
        "Mutation",
        {
            "run_job": GraphQLField(result, args=run, resolve=answering("job_result", run_job)),
            "schedule_job": GraphQLField(
                types["scheduled_job"],
                args=run | _when(),
                resolve=answering("scheduled_job", schedule_job),
            ),
            **on_schedules.fields(types),
            **{
                name: GraphQLField(types["job_queue"], args=KEY, resolve=_on_queue(verb))
                for name, verb in QUEUE_VERBS.items()
            },
            "rerun_job_result": GraphQLField(
                result, args=KEY | _again(), resolve=answering("job_result", rerun)
            ),
            "cancel_job_result": GraphQLField(
                result, args=KEY, resolve=answering("job_result", cancel)
            ),
            "delete_job_result": GraphQLField(
                GraphQLNonNull(GraphQLBoolean), args=KEY, resolve=_deleted
            ),
            "update_job": GraphQLField(
                types["job"], args=KEY | _edits(), resolve=answering("job", update_job)
            ),
            "press_job_button": GraphQLField(
                result, args=KEY | _record(), resolve=answering("job_result", press)
            ),
            **on_approvals.fields(types),
            **on_notifications.fields(types),
            "sync_git_repository": GraphQLField(
                result, args=KEY | _trying(), resolve=answering("job_result", sync)
            ),
        },
    )


def _run_arguments() -> dict[str, GraphQLArgument]:
    return {
        "job": GraphQLArgument(GraphQLNonNull(GraphQLString), description="Id or name."),
        "data": GraphQLArgument(ANYTHING, description="Inputs by variable name."),
        "job_queue": GraphQLArgument(GraphQLString, description="Name of one of its queues."),
        "priority": GraphQLArgument(GraphQLInt, description=FIRST),
    }


def run_job(
    user: Actor,
    job: str,
    data: Any = None,
    job_queue: str | None = None,
    priority: int | None = None,
) -> Accepted:
    """Run a job with inputs."""
    found = _runnable(user, job)
    first = read_priority(priority)
    options = RunOptions(queue=job_queue or "", priority=first, door="graphql")
    return enqueue_job(found, user=user, inputs=_inputs(found, user, data), options=options)


def schedule_job(
    user: Actor,
    job: str,
    data: Any = None,
    job_queue: str | None = None,
    priority: int | None = None,
    **when: Any,
) -> ScheduledJob:
    """Have a job run with inputs by the clock."""
    found = _runnable(user, job)
    timing = read_timing(when)
    if timing is None:
        raise ScheduleRefused({"interval": ["Use run_job for a run at once."]})
    inputs = _inputs(found, user, data)
    return save_schedule(
        found,
        user=user,
        inputs=inputs,
        timing=timing,
        queue=job_queue or "",
        priority=read_priority(priority),
    )


def _runnable(user: Actor, job: str) -> Job:
    policies.require(user, "run", Job)
    lookup = {"pk": job} if is_uuid(job) else {"name": job}
    found = policies.find(policies.jobs(user, "run"), **lookup)
    may_run(found, user)
    return found


def _inputs(job: Job, user: Actor, data: Any) -> CleanInputs:
    form = json_run_form(job, user=user, data={} if data is None else data)
    if not form.is_valid():
        raise InputsRefused(form.refusals())
    return form.clean_inputs


def _on_queue(verb: Callable[..., JobQueue]) -> Callable[..., Any]:
    def act(user: Actor, id: str) -> JobQueue:
        policies.require(user, "change", JobQueue)
        rows = policies.scoped(JobQueue, user, "change")
        return verb(policies.find(rows, pk=key_of(id)), user=user)

    return answering("job_queue", act)


def rerun(user: Actor, id: str, code: str | None = None) -> Accepted:
    """Run again with the same inputs."""
    policies.require(user, "run", Job)
    earlier = _result(user, id, "view")
    return rerun_result(earlier, user=user, code=code or Code.CURRENT, door="graphql")


def cancel(user: Actor, id: str) -> JobResult:
    """Cancel a run."""
    return cancel_result(_result(user, id, "view"), user=user)


def update_job(user: Actor, id: str, **given: Any) -> Job:
    """Change and override fields of a job: flags end with ``_override``, queues go by name."""
    policies.require(user, "change", Job)
    job = policies.find(policies.jobs(user, "change"), pk=key_of(id))
    flags = {
        name.removesuffix("_override"): bool(value)
        for name, value in given.items()
        if name.endswith("_override")
    }
    plain = {name: value for name, value in given.items() if not name.endswith("_override")}
    if "job_queues" in plain:
        plain["job_queues"] = [
            _queue(user, "job_queues", name) for name in plain["job_queues"] or []
        ]
    if "default_job_queue" in plain:
        name = plain["default_job_queue"]
        plain["default_job_queue"] = _queue(user, "default_job_queue", name)
    return edit_job(job, user=user, values=plain, overrides=flags)


def press(user: Actor, id: str, object_model_name: str, object_pk: str) -> Accepted:
    """Press a job button for a record."""
    policies.require(user, "run", Job)
    button = policies.find(policies.pressable(user), pk=key_of(id))
    model = our_name(object_model_name.lower())
    return press_button(button, user=user, model=model, key=object_pk, door="graphql")


def sync(user: Actor, id: str, dry_run: bool | None = None) -> JobResult:
    """Fetch a Git repository in a run of its own; with ``dry_run`` it changes nothing."""
    policies.require(user, "change", GitRepository)
    rows = policies.scoped(GitRepository, user, "change")
    repository = policies.find(rows, pk=key_of(id))
    return sync_repository(repository, user=user, dry_run=bool(dry_run), door="graphql")


def _when() -> dict[str, GraphQLArgument]:
    """When to run, as in the body of a run at the REST door."""
    optional = ("start_time", "end_time", "crontab", "time_zone", "misfire", "overlap")
    return {
        **{each: GraphQLArgument(GraphQLNonNull(GraphQLString)) for each in ("name", "interval")},
        **{each: GraphQLArgument(GraphQLString) for each in optional},
        "pause_after_failures": GraphQLArgument(GraphQLInt),
        "every_minutes": GraphQLArgument(GraphQLInt),
        "rrule": GraphQLArgument(GraphQLString),
        "jitter_seconds": GraphQLArgument(GraphQLInt),
        "blackout": GraphQLArgument(GraphQLString),
        "blackout_calendars": GraphQLArgument(GraphQLList(GraphQLNonNull(GraphQLString))),
    }


def _edits() -> dict[str, GraphQLArgument]:
    """Every field that may be changed, by its own type, and every flag."""
    typed: dict[str, Any] = {
        name: get_nullable_type(column_type(Job._meta.get_field(name)))
        for name in ("enabled", *SCALAR_OVERRIDES, *KEEPING_FIELDS)
    }
    typed |= {"job_queues": GraphQLList(GraphQLNonNull(GraphQLString))}
    typed |= {"default_job_queue": GraphQLString}
    typed |= {f"{name}_override": GraphQLBoolean for name in OVERRIDABLE_FIELDS}
    return {name: GraphQLArgument(each) for name, each in typed.items()}


def _again() -> dict[str, GraphQLArgument]:
    said = "current: what serves now (default). same: what ran then."
    return {"code": GraphQLArgument(GraphQLString, description=said)}


def _record() -> dict[str, GraphQLArgument]:
    """Which record a button is pressed for, as in the body at the REST door."""
    names = ("object_model_name", "object_pk")
    return {each: GraphQLArgument(GraphQLNonNull(GraphQLString)) for each in names}


def _trying() -> dict[str, GraphQLArgument]:
    said = "Only tell in the log what the sync would do."
    return {"dry_run": GraphQLArgument(GraphQLBoolean, description=said)}


def _queue(user: Actor, field: str, name: str | None) -> JobQueue:
    found = policies.queues(user).filter(name=name or "").first()
    if found is None:
        raise InputsRefused({field: [f"Related object not found: {name}"]})
    return found


def _deleted(_root: Any, info: GraphQLResolveInfo[Any], id: str) -> bool:
    user = Asking.of(info).user
    delete_result(_result(user, id, "delete"), user=user)
    return True


def _result(user: Actor, key: str, right: str) -> JobResult:
    policies.require(user, right, JobResult)
    return policies.find(policies.results(user, right), pk=key_of(key))
