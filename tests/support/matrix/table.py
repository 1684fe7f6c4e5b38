"""What every route asks for. A new page, endpoint, query, verb or command takes a line here.

* `PUBLIC`: anybody. `SIGNED_IN`: anybody who is signed in.
* ``lists(Kind)``: the rows in reach. ``shows(Kind)``: one row. ``acts(right, Kind)``: an act on
  one row; give ``send=`` a valid body, so that the act succeeds where it is allowed.
* ``makes(Kind, body)``: a new row. ``edits(right, Kind, body)``: many rows named in the body.
* Kinds or rights that follow are asked for, too; ``then=`` names what else may refuse.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import starmap
from typing import Any

from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType

from jobsmith.models import (
    ApprovalWorkflow,
    ApprovalWorkflowDefinition,
    ApprovalWorkflowStage,
    ApprovalWorkflowStageDefinition,
    BlackoutCalendar,
    GitRepository,
    GraphQLQuery,
    Job,
    JobButton,
    JobConsoleEntry,
    JobFile,
    JobHook,
    JobLogEntry,
    JobQueue,
    JobQueueAssignment,
    JobResult,
    JobWebhook,
    Note,
    NotificationDelivery,
    NotificationRule,
    ObjectChange,
    ObjectPermission,
    ScheduledJob,
    SourceProblem,
    SourceTree,
    Tag,
    Token,
    Worker,
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
    pages,
    records,
    runs_as_another,
    runs_its_job,
    shows,
    ticked,
    view,
    without_rights,
)
from .roles import Role, User
from .table_approvals import APPROVAL_PAGES, APPROVAL_REST
from .world import Row, World, missing_key

ADD_HERE = "tests/support/matrix/table.py"

RUN = {"text": "hello"}
QUEUE_ACTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("pause", {}),
    ("drain", {}),
    ("resume", {"changes": False}),  # none of them is paused
)
RUN_JOB = ("run", Job)
ADDRESS = {"remote_url": "https://example.com/made"}


def _named(_world: Any, _role: Any, row: Row | None) -> str:
    """A name in the area of the row, for what shall be in reach as the row is."""
    return f"{row.area if row else 'alpha'} made"


def with_name(key: str = "name", **more: Any) -> Callable[..., Any]:
    """A body whose name lies in the area of the target."""
    return lambda world, role, row: {key: _named(world, role, row), **more}


def _worker(_row: Row | None) -> dict[str, Any]:
    """The only one there is; workers lie in no area."""
    return {"pk": Worker.objects.get().pk}


CHANGES_WORKER = Asks(rights=(("change", Worker),), parts=_worker, send=lambda *_: {})


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


def _button(kinds: Any) -> Callable[..., dict[str, Any]]:
    """A button in the area of the target; ``kinds`` are what it is on."""

    def body(world: World, role: Role, row: Row | None) -> dict[str, Any]:
        return {
            "name": _named(world, role, row),
            "job": str(world.targets[Job, "own", "", ""].pk),
            "text": "Go",
            "content_types": kinds(),
            "button_class": "link",
            "weight": "5",
        }

    return body


def _hook(kinds: Any) -> Callable[..., dict[str, Any]]:
    """A hook in the area of the target; ``kinds`` are what it is of."""

    def body(world: World, role: Role, row: Row | None) -> dict[str, Any]:
        return {
            "name": _named(world, role, row),
            "job": str(world.targets[Job, "own", "", ""].pk),
            "content_types": kinds(),
            "type_delete": "on",
        }

    return body


def _hook_json(world: World, role: Role, row: Row | None) -> dict[str, Any]:
    made = _hook(lambda: ["extras.graphqlquery"])(world, role, row)
    return {**made, "type_create": False, "type_delete": True}


def _rule(world: World, role: Role, row: Row | None) -> dict[str, Any]:
    """A rule in the area of the target."""
    return {
        "name": _named(world, role, row),
        "events": ["run_failed"],
        "channel": "webhook",
        "url": "https://example.com/hook",
        "signing_key": "only for tests, and long",
    }


def _delivery(row: Row | None) -> dict[str, Any]:
    """The message of a rule that did not arrive."""
    found = NotificationDelivery.objects.filter(rule=row.pk, user=None).first() if row else None
    return {"pk": found.pk if found else missing_key(NotificationDelivery)}


def _told(_row: Row | None) -> dict[str, Any]:
    """What the superuser was told, and nobody else."""
    return {"pk": NotificationDelivery.objects.filter(in_app=True).order_by("pk")[0].pk}


RETRIES = acts("change", NotificationRule, parts=_delivery, send=lambda *_: {})
TOLD = Asks(
    parts=_told,
    decide=lambda _world, role, _row: None if role.is_superuser else 404,
    changes=False,
)


def _webhook(world: World, role: Role, row: Row | None) -> dict[str, Any]:
    """A webhook in the area of the target."""
    return {
        "name": _named(world, role, row),
        "job": str(world.targets[Job, "own", "", ""].pk),
        "scheme": "hmac",
        "per_minute": "30",
    }


def _press(world: World, role: Role, row: Row | None) -> dict[str, str]:
    tag = world.targets[Tag, "own", "", ""]
    return {
        "object_model_name": "jobsmith.tag",
        "object_pk": str(tag.pk),
        "_confirmed": "yes",
    }


def _pressed(world: World, role: Role, row: Row | None) -> int | None:
    """To press takes the right to run the button's job, and to see the record."""
    if row is None or not oracle.reaches(role, "run", world.button_jobs[row.pk]):
        return 404
    if not oracle.has(role, "view", Tag):
        return 403
    if not oracle.sees(role, world.targets[Tag, "own", "", ""]):
        return 404
    return None if row.installed else 405


def _presses(**fields: Any) -> Asks:
    return Asks(rights=(RUN_JOB,), addressed=JobButton, decide=_pressed, **fields)


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


def _still_there(_world: World, _role: Role, row: Row) -> int | None:
    """Nobody knows the inputs of a job that is no longer there."""
    return None if row.installed else 404


def _class_path(row: Row | None) -> dict[str, str]:
    return {"class_path": f"pings.{row.name.replace(' ', '')}" if row else "pings.NotThere"}


def _permission(world: World, role: Role, row: Row | None) -> dict[str, Any]:
    kind = ContentType.objects.get_for_model(Job).pk
    name = _named(world, role, row)
    return {"name": name, "object_types": [kind], "actions": ["view"], "enabled": "on"}


def _user(world: World, role: Role, row: Row | None) -> dict[str, str]:
    sent = {"username": _named(world, role, row).replace(" ", "-"), "is_active": "on"}
    keeps_power = role.is_superuser and row is not None and row.owner == role.name
    return {**sent, "is_superuser": "on"} if keeps_power else sent


def _noted(kind: Any) -> Asks:
    """A note is written on any kind of record that takes notes."""
    word = kind._meta.model_name
    return Asks(
        rights=(("add", Note), view(kind)),
        row=view(kind),
        parts=lambda row: {"kind": word, "pk": row.pk if row else missing_key(kind)},
        send=lambda *_: {"note": "alpha new"},
    )


RELATED = (("users", User), ("groups", Group), ("queues", JobQueue), ("tags", Tag))


def _related(word: str, kind: Any) -> Asks:
    """What forms choose from."""
    return lists(kind, door=DATA, parts=lambda _row: {"kind": word})


def _token_of_another(decide: Any) -> Asks:
    def body(world: World, role: Role, row: Row | None) -> dict[str, Any]:
        owner = row.pk if row else missing_key(User)
        return {"description": _named(world, role, row), "user": str(owner)}

    return Asks(
        creates=Token,
        named=(view(User),),
        send=body,
        decide=decide,
        spelled=lambda row: [_named(None, None, row)],
    )


def _api_makes_token(_world: World, role: Role, row: Row | None) -> int | None:
    if row is not None and row.owner == role.name:
        return None  # everybody knows themselves
    if row is None or not oracle.sees(role, row):
        return 400
    return None if oracle.has(role, "add", Token) else 403


def _page_makes_token(_world: World, role: Role, row: Row | None) -> int | None:
    if not oracle.has(role, "add", Token):
        return None  # the page does not ask whose it shall be: one's own
    return 400 if row is None or not oracle.sees(role, row) else None


PASSWORDS = {"present": "pw", "password": "Tree-house 41 lamps", "again": "Tree-house 41 lamps"}

TOKENS = pages("token", "tokens", Token, with_name("description"))
NOTES = pages("note", "", Note, {"note": "alpha changed"})

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
            parts=lambda row: {"pk": row.pk if row else missing_key(Job), "name": "who"},
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
    "jobsmith:run_code": {
        "GET": Asks(rights=(view(SourceTree), view(JobResult)), row=view(JobResult))
    },
    "jobsmith:run_steps": {"GET": shows(JobResult, JobLogEntry)},
    "jobsmith:run_cancel": {
        "GET": shows(JobResult, flavour="waiting"),
        "POST": shows(
            JobResult, flavour="waiting", then=(cancellable,), send=lambda *_: {}, changes=True
        ),
    },
    "jobsmith:run_pin": {
        "POST": acts("change", JobResult, send=lambda *_: {"pinned": "1"}, changes=True)
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
            parts=lambda row: {"pk": row.pk if row else missing_key(JobResult), "number": 0},
        )
    },
    "jobsmith:run_file": {
        "GET": Asks(rights=(view(JobResult), view(JobFile)), row=view(JobFile), parts=_file)
    },
    "jobsmith:problems": {"GET": Asks(rights=(view(Job),), lists=SourceProblem)},
    "jobsmith:objects": {
        "GET": acts(*RUN_JOB, door=DATA, query="variable=who&job={key}", lists=User)
    },
    "jobsmith:related": {"GET": Asks(variants=tuple(starmap(_related, RELATED)))},
    "jobsmith:jobs_edit": ticked("change", Job, {"enabled": "no"}),
    "jobsmith:jobs_delete": ticked("delete", Job),
    "jobsmith:job_delete": {
        "GET": acts("delete", Job),
        "POST": acts("delete", Job, send=lambda *_: {}),
    },
    "jobsmith:runs_delete": ticked("delete", JobResult),
    "jobsmith:run_delete": {
        "GET": acts("delete", JobResult),
        "POST": acts("delete", JobResult, send=lambda *_: {}),
    },
    **pages("queue", "queues", JobQueue, with_name(queue_type="celery")),
    **{
        f"jobsmith:queue_{each}": {"POST": acts("change", JobQueue, send=lambda *_: {}, **fields)}
        for each, fields in QUEUE_ACTS
    },
    "jobsmith:workers": {"GET": SIGNED_IN},
    "jobsmith:worker_drain": {"POST": CHANGES_WORKER},
    "jobsmith:worker_resume": {"POST": replace(CHANGES_WORKER, changes=False)},
    "jobsmith:schedules": {"GET": lists(ScheduledJob)},
    "jobsmith:schedule": {
        "GET": shows(ScheduledJob),
        "POST": acts(
            "change",
            ScheduledJob,
            send=with_name(
                interval="future",
                start_time="2035-01-01 00:00",
                time_zone="UTC",
                misfire="skip",
                overlap="skip",
                blackout="skip",
            ),
        ),
    },
    "jobsmith:schedule_delete": {
        "GET": acts("delete", ScheduledJob),
        "POST": acts("delete", ScheduledJob, send=lambda *_: {}),
    },
    "jobsmith:schedule_pause": {"POST": acts("change", ScheduledJob, send=lambda *_: {})},
    "jobsmith:schedule_resume": {"POST": acts("change", ScheduledJob, send=lambda *_: {})},
    "jobsmith:schedule_skip": {"POST": acts("change", ScheduledJob, send=lambda *_: {})},
    "jobsmith:schedule_inputs": {
        "GET": acts("change", ScheduledJob, RUN_JOB, then=(runs_its_job,)),
        "POST": acts(
            "change",
            ScheduledJob,
            RUN_JOB,
            then=(runs_its_job,),
            send=lambda *_: {"text": "hello"},
        ),
    },
    "jobsmith:schedule_transfer": {
        "GET": acts("change", ScheduledJob, RUN_JOB, then=(runs_its_job,)),
        "POST": acts(
            "change",
            ScheduledJob,
            RUN_JOB,
            then=(runs_its_job, runs_as_another),
            send=lambda *_: {},
        ),
    },
    "jobsmith:schedule_run": {
        "POST": acts("view", ScheduledJob, RUN_JOB, then=(runs_its_job,), send=lambda *_: {})
    },
    **pages("repository", "repositories", GitRepository, with_name(**ADDRESS, branch="main")),
    "jobsmith:repository_sync": {"POST": acts("change", GitRepository, send=lambda *_: {})},
    "jobsmith:git_hook": {
        "POST": Asks(
            public=True,
            answers=frozenset({404}),
            changes=False,
            parts=lambda _row: {"pk": missing_key(GitRepository)},
        )
    },
    **pages(
        "button",
        "buttons",
        JobButton,
        _button(lambda: [str(ContentType.objects.get_for_model(Tag).pk)]),
    ),
    **pages(
        "hook",
        "hooks",
        JobHook,
        _hook(lambda: [str(ContentType.objects.get_for_model(GraphQLQuery).pk)]),
    ),
    **pages("calendar", "calendars", BlackoutCalendar, with_name(time_zone="UTC")),
    **pages("notification_rule", "notification_rules", NotificationRule, _rule),
    "jobsmith:notification_rule_test": {
        "POST": acts("change", NotificationRule, send=lambda *_: {})
    },
    "jobsmith:delivery_retry": {"POST": RETRIES},
    "jobsmith:notifications": {"GET": SIGNED_IN},
    "jobsmith:notifications_read": {"POST": Asks(changes=False, send=lambda *_: {})},
    "jobsmith:notification_read": {"POST": TOLD},
    **pages("webhook", "webhooks", JobWebhook, _webhook),
    "jobsmith:webhook_log": {"GET": shows(JobWebhook)},
    "jobsmith:webhook_renew": {"POST": acts("change", JobWebhook, send=lambda *_: {})},
    "jobsmith:job_hook": {
        "POST": Asks(
            public=True,
            answers=frozenset({404}),
            changes=False,
            parts=lambda _row: {"pk": missing_key(JobWebhook)},
        )
    },
    "jobsmith:button_press": {"POST": _presses(send=_press)},
    **pages("tag", "tags", Tag, with_name(color="#00aa00")),
    **pages("user", "users", User, _user, stays=(_not_oneself,)),
    **pages("group", "groups", Group, with_name()),
    **pages("permission", "permissions", ObjectPermission, _permission),
    **without_rights(TOKENS),
    "jobsmith:tokens": TOKENS["jobsmith:tokens"],
    "jobsmith:token_add": {
        "GET": SIGNED_IN,
        "POST": Asks(
            variants=(
                Asks(creates=Token, send=with_name("description")),
                _token_of_another(_page_makes_token),
            )
        ),
    },
    "jobsmith:note": NOTES["jobsmith:note"],
    "jobsmith:note_delete": NOTES["jobsmith:note_delete"],
    "jobsmith:notes": {
        "POST": Asks(variants=tuple(map(_noted, (Job, JobQueue, Tag, GraphQLQuery))))
    },
    "jobsmith:changes": {"GET": lists(ObjectChange)},
    "jobsmith:change": {"GET": shows(ObjectChange)},
    "jobsmith:account": {"GET": SIGNED_IN, "POST": Asks(send=lambda *_: PASSWORDS)},
    "jobsmith:graphql": {
        "GET": Asks(variants=(Asks(lists=GraphQLQuery), shows(GraphQLQuery, query="query={key}")))
    },
    **pages("query", "queries", GraphQLQuery, with_name(query="{ jobs { id } }")),
    "jobsmith:leads": {"GET": Asks(answers=frozenset({302}))},
    "jobsmith:job_by_class": {"GET": acts(*RUN_JOB, parts=_class_path, answers=frozenset({302}))},
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


API_TOKENS = records(
    "jobsmith-api:token",
    Token,
    put=with_name("description"),
    patch={"description": "alpha changed"},
)
API_TOKENS["jobsmith-api:token-list"]["POST"] = Asks(
    variants=(
        Asks(creates=Token, send=with_name("description"), query=DEEP),
        _token_of_another(_api_makes_token),
    )
)

REST: dict[str, dict[str, Asks]] = {
    "jobsmith-api:root": {"GET": SIGNED_IN},
    "jobsmith-api:status": {"GET": SIGNED_IN},
    "jobsmith-api:metrics": {"GET": SIGNED_IN},
    "jobsmith-api:extras-root": {"GET": SIGNED_IN},
    "jobsmith-api:users-root": {"GET": SIGNED_IN},
    "jobsmith-api:schema": {"GET": SIGNED_IN},
    "jobsmith-api:swagger-json": {"GET": SIGNED_IN},
    "jobsmith-api:docs": {"GET": SIGNED_IN},
    "jobsmith-api:no_such_address": {"GET": Asks(public=True, answers=frozenset({404}))},
    **records("jobsmith-api:job", Job, put=_job, patch={"enabled": False}),
    "jobsmith-api:job-inputs-schema": {"GET": shows(Job, then=(_still_there,))},
    "jobsmith-api:job-variables": {"GET": shows(Job, then=(_still_there,))},
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
    "jobsmith-api:job-result-pin": {
        "POST": acts("change", JobResult, send=lambda *_: {}, query=DEEP)
    },
    "jobsmith-api:job-result-unpin": {
        "POST": acts("change", JobResult, send=lambda *_: {}, query=DEEP)
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
    **{
        f"jobsmith-api:job-queue-{each}": {
            "POST": acts("change", JobQueue, send=lambda *_: {}, query=DEEP, **fields)
        }
        for each, fields in QUEUE_ACTS
    },
    "jobsmith-api:worker-list": {"GET": SIGNED_IN},
    "jobsmith-api:worker-detail": {"GET": Asks(parts=_worker)},
    "jobsmith-api:worker-drain": {"POST": CHANGES_WORKER},
    "jobsmith-api:worker-resume": {"POST": replace(CHANGES_WORKER, changes=False)},
    "jobsmith-api:job-queue-load": {"GET": shows(JobQueue)},
    **_notes("jobsmith-api:job-queue", JobQueue),
    **records(
        "jobsmith-api:git-repository",
        GitRepository,
        new=with_name(**ADDRESS),
        put=with_name(**ADDRESS),
        patch={"branch": "changed"},
    ),
    "jobsmith-api:git-repository-sync": {
        "POST": acts("change", GitRepository, send=lambda *_: {}, query=DEEP)
    },
    **_notes("jobsmith-api:git-repository", GitRepository),
    **records(
        "jobsmith-api:job-button",
        JobButton,
        new=_button(lambda: ["extras.tag"]),
        put=_button(lambda: ["extras.tag"]),
        patch={"weight": 7},
    ),
    **_notes("jobsmith-api:job-button", JobButton),
    **records(
        "jobsmith-api:job-hook",
        JobHook,
        new=_hook_json,
        put=_hook_json,
        patch={"type_update": True},
    ),
    **_notes("jobsmith-api:job-hook", JobHook),
    **records(
        "jobsmith-api:blackout-calendar",
        BlackoutCalendar,
        new=with_name(),
        put=with_name(),
        patch={"windows": ["daily 22:00 to 06:00"]},
    ),
    **records(
        "jobsmith-api:notification-rule",
        NotificationRule,
        new=_rule,
        put=_rule,
        patch={"own_only": True},
    ),
    "jobsmith-api:notification-rule-test": {
        "POST": acts("change", NotificationRule, send=lambda *_: {}, query=DEEP)
    },
    "jobsmith-api:notification-delivery-list": {"GET": Asks(rights=(view(NotificationRule),))},
    "jobsmith-api:notification-delivery-detail": {"GET": shows(NotificationRule, parts=_delivery)},
    "jobsmith-api:notification-delivery-retry": {"POST": RETRIES},
    "jobsmith-api:notification-list": {"GET": SIGNED_IN},
    "jobsmith-api:notification-detail": {"GET": TOLD},
    "jobsmith-api:notification-read": {"POST": TOLD},
    "jobsmith-api:notification-read-all": {"POST": Asks(changes=False, send=lambda *_: {})},
    **records(
        "jobsmith-api:job-webhook",
        JobWebhook,
        new=_webhook,
        put=_webhook,
        patch={"per_minute": 7},
    ),
    **_notes("jobsmith-api:job-webhook", JobWebhook),
    "jobsmith-api:job-webhook-renew-secret": {
        "POST": acts("change", JobWebhook, send=lambda *_: {}, query=DEEP)
    },
    "jobsmith-api:job-webhook-deliveries": {"GET": shows(JobWebhook)},
    "jobsmith-api:job-button-press": {"POST": _presses(send=_press, query=DEEP)},
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
    **records("jobsmith-api:scheduled-job", ScheduledJob),
    **_notes("jobsmith-api:scheduled-job", ScheduledJob),
    **{
        f"jobsmith-api:scheduled-job-{each}": {
            "POST": acts("change", ScheduledJob, send=lambda *_: {}, query=DEEP)
        }
        for each in ("pause", "resume", "skip")
    },
    "jobsmith-api:scheduled-job-edit": {
        "POST": acts(
            "change",
            ScheduledJob,
            RUN_JOB,
            then=(runs_its_job,),
            send=lambda *_: {"data": {"text": "hello"}},
            query=DEEP,
        )
    },
    "jobsmith-api:scheduled-job-transfer": {
        "POST": acts(
            "change",
            ScheduledJob,
            RUN_JOB,
            then=(runs_its_job, runs_as_another),
            send=lambda *_: {},
            query=DEEP,
        )
    },
    "jobsmith-api:scheduled-job-dry-run": {
        "POST": acts(
            "view",
            ScheduledJob,
            RUN_JOB,
            then=(runs_its_job,),
            send=lambda *_: {},
            query=DEEP,
        )
    },
    "jobsmith-api:scheduled-job-run": {
        "POST": acts(
            "view",
            ScheduledJob,
            RUN_JOB,
            then=(runs_its_job,),
            send=lambda *_: {},
            query=DEEP,
        )
    },
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
    **without_rights(API_TOKENS),
    **records(
        "jobsmith-api:user",
        User,
        new=lambda world, role, row: {"username": _named(world, role, row).replace(" ", "-")},
        put=lambda world, role, row: {"username": _named(world, role, row).replace(" ", "-")},
        patch={"last_name": "Changed"},
        stays=(_not_oneself,),
    ),
}
APPROVAL_NOTES = {
    route: methods
    for name, kind in (
        ("definition", ApprovalWorkflowDefinition),
        ("stage-definition", ApprovalWorkflowStageDefinition),
        ("stage", ApprovalWorkflowStage),
        ("", ApprovalWorkflow),
    )
    for route, methods in _notes(f"jobsmith-api:approval-workflow-{name}".strip("-"), kind).items()
}
POLICY: dict[str, dict[str, Asks]] = {
    **PAGES,
    **REST,
    **APPROVAL_PAGES,
    **APPROVAL_REST,
    **APPROVAL_NOTES,
}
