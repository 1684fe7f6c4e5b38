"""Verbs: the same actions as at the other doors."""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLID,
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
from jobsmith.actions.enqueue_job import RunOptions, enqueue_job, may_run
from jobsmith.actions.override_job import edit_job
from jobsmith.actions.rerun_result import Code, rerun_result
from jobsmith.actions.run_form import json_run_form
from jobsmith.errors import InputsRefused
from jobsmith.filters.fields import is_uuid
from jobsmith.models import OVERRIDABLE_FIELDS, Job, JobQueue, JobResult
from jobsmith.models.job import SCALAR_OVERRIDES
from jobsmith.policies import Actor

from .kinds import KINDS
from .planning import Asking, planned
from .scalars import ANYTHING, column_type

_KEY = {"id": GraphQLArgument(GraphQLNonNull(GraphQLID))}


def mutation_type(types: Mapping[str, GraphQLObjectType]) -> GraphQLObjectType:
    """All verbs."""
    result = types["job_result"]
    run = {
        "job": GraphQLArgument(GraphQLNonNull(GraphQLString), description="Id or name."),
        "data": GraphQLArgument(ANYTHING, description="Inputs by variable name."),
        "job_queue": GraphQLArgument(GraphQLString, description="Name of one of its queues."),
    }
    again = {
        "code": GraphQLArgument(
            GraphQLString, description="current: what serves now (default). same: what ran then."
        )
    }
    return GraphQLObjectType(
        "Mutation",
        {
            "run_job": GraphQLField(result, args=run, resolve=_answering("job_result", run_job)),
            "rerun_job_result": GraphQLField(
                result, args=_KEY | again, resolve=_answering("job_result", rerun)
            ),
            "cancel_job_result": GraphQLField(
                result, args=_KEY, resolve=_answering("job_result", cancel)
            ),
            "delete_job_result": GraphQLField(
                GraphQLNonNull(GraphQLBoolean), args=_KEY, resolve=_deleted
            ),
            "update_job": GraphQLField(
                types["job"], args=_KEY | _edits(), resolve=_answering("job", update_job)
            ),
        },
    )


def run_job(user: Actor, job: str, data: Any = None, job_queue: str | None = None) -> JobResult:
    """Run a job with inputs."""
    policies.require(user, "run", Job)
    lookup = {"pk": job} if is_uuid(job) else {"name": job}
    found = policies.find(policies.jobs(user, "run"), **lookup)
    may_run(found, user)
    form = json_run_form(found, user=user, data={} if data is None else data)
    if not form.is_valid():
        raise InputsRefused(form.refusals())
    options = RunOptions(queue=job_queue or "", door="graphql")
    return enqueue_job(found, user=user, inputs=form.clean_inputs, options=options)


def rerun(user: Actor, id: str, code: str | None = None) -> JobResult:
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
    job = policies.find(policies.jobs(user, "change"), pk=_key(id))
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


def _edits() -> dict[str, GraphQLArgument]:
    """Every field that may be changed, by its own type, and every flag."""
    typed: dict[str, Any] = {
        name: get_nullable_type(column_type(Job._meta.get_field(name)))
        for name in ("enabled", *SCALAR_OVERRIDES)
    }
    typed |= {"job_queues": GraphQLList(GraphQLNonNull(GraphQLString))}
    typed |= {"default_job_queue": GraphQLString}
    typed |= {f"{name}_override": GraphQLBoolean for name in OVERRIDABLE_FIELDS}
    return {name: GraphQLArgument(each) for name, each in typed.items()}


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
    return policies.find(policies.results(user, right), pk=_key(key))


def _key(text: str) -> str:
    """A key that cannot be one finds nothing."""
    return text if is_uuid(text) else "00000000-0000-0000-0000-000000000000"


def _answering(name: str, act: Callable[..., Any]) -> Callable[..., Any]:
    """Carry out the verb, then answer with the record as the caller may see it.

    What the answer shall show is planned first: a query that is refused must change nothing.
    """
    kind = KINDS[name]

    def resolve(_root: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        asking = Asking.of(info)
        shown = planned(kind.rows(asking.user), kind, asking, info.field_nodes)
        record = act(asking.user, **arguments)
        return shown.filter(pk=record.pk).first()

    return resolve
