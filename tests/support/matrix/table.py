"""What every route asks for. A new page, endpoint, query, verb or command takes a line here.

* `PUBLIC`: anybody. `SIGNED_IN`: anybody who is signed in.
* ``lists(Kind)``: the rows in reach. ``shows(Kind)``: one row. ``acts(right, Kind)``: an act on
  one row; give ``send=`` a valid body, so that the act succeeds where it is allowed.
* ``makes(Kind, body)``: a new row. ``edits(right, Kind, body)``: many rows named in the body.
* Kinds or rights that follow are asked for, too; ``then=`` names what else may refuse.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import Group
from django.urls import reverse

from jobsmith.models import (
    GraphQLQuery,
    Job,
    JobConsoleEntry,
    JobFile,
    JobLogEntry,
    JobQueue,
    JobQueueAssignment,
    JobResult,
    Note,
    ObjectChange,
    ObjectPermission,
    ScheduledJob,
    SourceProblem,
    Tag,
    Token,
)

from . import oracle
from .asks import (
    API,
    DATA,
    DEEP,
    PUBLIC,
    SIGNED_IN,
    Asks,
    acts,
    cancellable,
    installed,
    lists,
    records,
    runs_its_job,
    shows,
    view,
    without_rights,
)
from .roles import Role, User
from .world import Row, World, missing_key

ADD_HERE = "tests/support/matrix/table.py"

RUN = {"text": "hello"}
RUN_JOB = ("run", Job)


def _named(world: World, role: Role, row: Row | None) -> str:
    """A name in the area of the row, for what shall be in reach as the row is."""
    return f"{row.area if row else 'alpha'} made"


def with_name(key: str = "name", **more: Any) -> Callable[..., Any]:
    """A body whose name lies in the area of the target."""
    return lambda world, role, row: {key: _named(world, role, row), **more}


def _queue(world: World, name: str) -> str:
    return next(str(each.pk) for each in world.rows[JobQueue] if each.name == name)


def _assignment(world: World, role: Role, row: Row | None) -> dict[str, str]:
    job = row.hangs_on[0] if row and row.hangs_on else row
    return {
        "job": str(job.pk if job else missing_key(Job)),
        "job_queue": _queue(world, "alpha spare"),
    }


def _job(world: World, role: Role, row: Row | None) -> dict[str, Any]:
    found = Job.objects.filter(pk=row.pk).first() if row else None
    return {
        "name": found.name if found else "x",
        "grouping": found.grouping if found else "x",
        "default_job_queue": _queue(world, "alpha default"),
        "enabled": False,
    }


def _job_form(world: World, role: Role, row: Row | None) -> dict[str, Any]:
    return {"job_queues_override": "on", "job_queues": [_queue(world, "alpha default")]}


def _file(row: Row | None) -> dict[str, Any]:
    run = row.hangs_on[0].pk if row else missing_key(JobResult)
    return {"pk": run, "file": row.pk if row else missing_key(JobFile)}


def _lines_all(kind: Any) -> Callable[[World, Role, Row], int | None]:
    """Lines of which some are out of reach are not streamed, but asked for."""
    return lambda _world, role, _row: None if oracle.reaches_all(role, "view", kind) else 501


def _stream(door: str) -> Asks:
    fields: dict[str, Any] = {"door": door, "streams": True}
    log, console = (
        shows(JobResult, kind, query=query, then=(_lines_all(kind),), **fields)
        for kind, query in ((JobLogEntry, ""), (JobConsoleEntry, "feed=console"))
    )
    run = shows(JobResult, query="feed=run", **fields)
    return Asks(variants=(log, console, run))


def _not_oneself(_world: World, role: Role, row: Row) -> int | None:
    return 400 if row.owner == role.name else None


PAGES: dict[str, dict[str, Asks]] = {
    "jobsmith:index": {"GET": lists(Job)},
    "jobsmith:job": {"GET": shows(Job)},
    "jobsmith:job_run": {
        "GET": acts("run", Job, then=(installed,)),
        "POST": acts("run", Job, then=(installed,), send=lambda *_: RUN),
    },
    "jobsmith:job_run_field": {
        "POST": acts(
            *RUN_JOB,
            send=lambda *_: RUN,
            changes=False,
            kwargs=lambda row: {"pk": row.pk if row else missing_key(Job), "name": "who"},
        ),
    },
    "jobsmith:job_edit": {
        "GET": acts("change", Job),
        "POST": acts("change", Job, send=_job_form),
    },
    "jobsmith:runs": {"GET": lists(JobResult)},
    "jobsmith:run": {
        "GET": Asks(
            variants=tuple(
                shows(JobResult, query=query)
                for query in ("", "part=head", *map("tab={}".format, ("log", "files", "console")))
            )
            + tuple(shows(JobResult, query=f"tab={each}") for each in ("result", "inputs"))
        )
    },
    "jobsmith:run_steps": {"GET": shows(JobResult, JobLogEntry)},
    "jobsmith:run_cancel": {
        "GET": shows(JobResult, flavour="waiting"),
        "POST": shows(
            JobResult, flavour="waiting", then=(cancellable,), send=lambda *_: {}, changes=True
        ),
    },
    "jobsmith:run_rerun": {
        "POST": Asks(
            rights=(view(JobResult), RUN_JOB),
            row=view(JobResult),
            then=(runs_its_job,),
            send=lambda *_: {},
        )
    },
    "jobsmith:run_stream": {"GET": _stream(DATA)},
    "jobsmith:run_state": {"GET": shows(JobResult, door=DATA)},
    "jobsmith:run_log": {
        "GET": shows(JobResult, JobLogEntry, door=DATA, lists=JobLogEntry, below=True)
    },
    "jobsmith:run_log_download": {
        "GET": shows(JobResult, JobLogEntry, lists=JobLogEntry, below=True)
    },
    "jobsmith:run_console": {
        "GET": shows(JobResult, JobConsoleEntry, door=DATA, lists=JobConsoleEntry, below=True)
    },
    "jobsmith:run_console_download": {
        "GET": shows(JobResult, JobConsoleEntry, lists=JobConsoleEntry, below=True)
    },
    "jobsmith:run_table": {
        "GET": shows(
            JobResult,
            kwargs=lambda row: {"pk": row.pk if row else missing_key(JobResult), "number": 0},
        )
    },
    "jobsmith:run_file": {
        "GET": Asks(rights=(view(JobResult), view(JobFile)), row=view(JobFile), kwargs=_file)
    },
    "jobsmith:problems": {"GET": Asks(rights=(view(Job),), lists=SourceProblem)},
    "jobsmith:objects": {
        "GET": acts(
            *RUN_JOB, door=DATA, query="variable=who&job={key}", key_in_query=True, lists=User
        )
    },
    "jobsmith:sign_in": {
        "GET": Asks(public=True, answers=frozenset({200, 302})),
        "POST": Asks(public=True, answers=frozenset({200, 302}), changes=False),
        "PUT": Asks(public=True, answers=frozenset({200, 302}), changes=False),
    },
    "jobsmith:sign_out": {"POST": Asks(public=True, changes=False)},
    "jobsmith:theme": {"POST": Asks(public=True, changes=False)},
    "jobsmith:live": {"GET": PUBLIC},
    "jobsmith:ready": {"GET": Asks(public=True, answers=frozenset({200, 503}))},
}

NOTE = {"note": "alpha changed"}


def _notes(route: str, kind: Any) -> dict[str, dict[str, Asks]]:
    return {
        f"{route}-notes": {
            "GET": shows(kind, Note, lists=Note, below=True),
            "POST": Asks(
                rights=(view(kind), ("add", Note)),
                row=view(kind),
                send=lambda *_: {"note": "alpha new"},
            ),
        }
    }


REST: dict[str, dict[str, Asks]] = {
    "jobsmith-api:root": {"GET": SIGNED_IN},
    "jobsmith-api:status": {"GET": SIGNED_IN},
    "jobsmith-api:extras-root": {"GET": SIGNED_IN},
    "jobsmith-api:users-root": {"GET": SIGNED_IN},
    "jobsmith-api:schema": {"GET": SIGNED_IN},
    "jobsmith-api:swagger-json": {"GET": SIGNED_IN},
    "jobsmith-api:docs": {"GET": SIGNED_IN},
    "jobsmith-api:no_such_address": {"GET": Asks(public=True, answers=frozenset({404}))},
    **records("jobsmith-api:job", Job, put=_job, patch={"enabled": False}),
    "jobsmith-api:job-inputs-schema": {"GET": shows(Job)},
    "jobsmith-api:job-variables": {"GET": shows(Job)},
    "jobsmith-api:job-run": {
        "POST": acts(*RUN_JOB, then=(installed,), send=lambda *_: {"data": RUN}, query=DEEP)
    },
    **_notes("jobsmith-api:job", Job),
    **records("jobsmith-api:job-result", JobResult),
    "jobsmith-api:job-result-cancel": {
        "GET": shows(JobResult, flavour="waiting"),
        "POST": shows(
            JobResult, flavour="waiting", then=(cancellable,), send=lambda *_: {}, query=DEEP
        ),
    },
    "jobsmith-api:job-result-rerun": {
        "POST": Asks(
            rights=(view(JobResult), RUN_JOB),
            row=view(JobResult),
            then=(runs_its_job,),
            send=lambda *_: {},
            query=DEEP,
        )
    },
    "jobsmith-api:job-result-logs": {
        "GET": shows(JobResult, JobLogEntry, lists=JobLogEntry, below=True)
    },
    "jobsmith-api:job-result-console": {
        "GET": shows(JobResult, JobConsoleEntry, lists=JobConsoleEntry, below=True)
    },
    "jobsmith-api:job-result-stream": {"GET": _stream(API)},
    **records("jobsmith-api:job-log", JobLogEntry, deletes=False),
    **records("jobsmith-api:file-proxy", JobFile, deletes=False),
    "jobsmith-api:file-proxy-download": {"GET": shows(JobFile)},
    **records(
        "jobsmith-api:job-queue",
        JobQueue,
        new=with_name(queue_type="celery"),
        put=with_name(queue_type="celery"),
        patch={"description": "changed"},
    ),
    **_notes("jobsmith-api:job-queue", JobQueue),
    **records(
        "jobsmith-api:job-queue-assignment",
        JobQueueAssignment,
        new=_assignment,
        put=_assignment,
        patch=lambda world, *_: {"job_queue": _queue(world, "alpha spare")},
        named=(view(Job), view(JobQueue)),
    ),
    **records(
        "jobsmith-api:tag",
        Tag,
        new=with_name(),
        put=with_name(),
        patch={"description": "changed"},
    ),
    **_notes("jobsmith-api:tag", Tag),
    **records("jobsmith-api:note", Note, put=NOTE, patch=NOTE),
    **records(
        "jobsmith-api:graphql-query",
        GraphQLQuery,
        new=with_name(query="{ jobs { id } }"),
        put=with_name(query="{ tags { id } }"),
        patch={"query": "{ tags { id } }"},
    ),
    **_notes("jobsmith-api:graphql-query", GraphQLQuery),
    "jobsmith-graphql:saved-query": {"POST": shows(GraphQLQuery, changes=False)},
    "jobsmith-graphql:graphql": {
        "POST": Asks(send=lambda *_: {"query": "{ jobs { id name } }"}, changes=False)
    },
    **records("jobsmith-api:scheduled-job", ScheduledJob, deletes=False),
    **records("jobsmith-api:object-change", ObjectChange, deletes=False),
    **records(
        "jobsmith-api:group",
        Group,
        new=with_name(),
        put=with_name(),
        patch={"name": "alpha changed"},
    ),
    **records(
        "jobsmith-api:permission",
        ObjectPermission,
        new=with_name(object_types=["extras.job"], actions=["view"]),
        put=with_name(object_types=["extras.job"], actions=["view"]),
        patch={"description": "changed"},
    ),
    **without_rights(
        records(
            "jobsmith-api:token",
            Token,
            new=with_name("description"),
            put=with_name("description"),
            patch={"description": "alpha changed"},
        )
    ),
    **records(
        "jobsmith-api:user",
        User,
        new=lambda world, role, row: {"username": _named(world, role, row).replace(" ", "-")},
        put=lambda world, role, row: {"username": _named(world, role, row).replace(" ", "-")},
        patch={"last_name": "Changed"},
        stays=(_not_oneself,),
    ),
}
POLICY: dict[str, dict[str, Asks]] = {**PAGES, **REST}

ADDRESSES = {"jobsmith-api:no_such_address": "/api/nowhere/"}
"""Of routes without a name."""


def address(route: str, asks: Asks, kwargs: dict[str, Any], key: Any) -> str:
    """Where to ask for a row."""
    path = ADDRESSES.get(route) or reverse(route, kwargs=kwargs)
    return f"{path}?{asks.query.format(key=key)}" if asks.query else path


LATER = frozenset(
    {
        "jobsmith:account",
        "jobsmith:change",
        "jobsmith:changes",
        "jobsmith:graphql",
        "jobsmith:group",
        "jobsmith:group_add",
        "jobsmith:group_delete",
        "jobsmith:groups",
        "jobsmith:job_by_class",
        "jobsmith:job_delete",
        "jobsmith:jobs_delete",
        "jobsmith:jobs_edit",
        "jobsmith:leads",
        "jobsmith:note",
        "jobsmith:note_delete",
        "jobsmith:notes",
        "jobsmith:permission",
        "jobsmith:permission_add",
        "jobsmith:permission_delete",
        "jobsmith:permissions",
        "jobsmith:queries",
        "jobsmith:query",
        "jobsmith:query_add",
        "jobsmith:query_delete",
        "jobsmith:queue",
        "jobsmith:queue_add",
        "jobsmith:queue_delete",
        "jobsmith:queues",
        "jobsmith:run_delete",
        "jobsmith:runs_delete",
        "jobsmith:tag",
        "jobsmith:tag_add",
        "jobsmith:tag_delete",
        "jobsmith:tags",
        "jobsmith:token",
        "jobsmith:token_add",
        "jobsmith:token_delete",
        "jobsmith:tokens",
        "jobsmith:user",
        "jobsmith:user_add",
        "jobsmith:user_delete",
        "jobsmith:users",
    }
)
"""Pages that came while this table was written: their cells are still to be added. No new names."""
