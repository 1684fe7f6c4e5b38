"""In whose name every command acts. A new command takes a line here.

`AS_OPERATOR`: whoever may start it has the server's files and database already, so it asks for no
right. `AS_USER`: it acts with the rights of a named user, as the other doors do.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import click

from jobsmith.cli.main import COMMANDS
from jobsmith.cli.main import main as jobsmith
from jobsmith.models import (
    ApprovalWorkflow,
    ApprovalWorkflowStage,
    BlackoutCalendar,
    GitRepository,
    Job,
    JobButton,
    JobLogEntry,
    JobQueue,
    JobResult,
    JobWebhook,
    NotificationRule,
    ScheduledJob,
    Worker,
)

from . import oracle
from .asks import Right, view
from .queries import (
    NOT_ALLOWED,
    NOT_APPROVER,
    NOT_FOUND,
    NOT_INSTALLED,
    OWN_REQUEST,
    REFUSED,
    a_tag,
    unless_cancellable,
    unless_installed,
    unless_it_runs_as_oneself,
    unless_its_job_runs,
    unless_own,
    unless_pressable,
    unless_tried_out,
    unless_withdrawable,
)
from .roles import Role
from .world import Row, World

ADD_COMMANDS_HERE = "tests/support/matrix/commands.py"

AS_OPERATOR = {
    "audit seal": "Seals what anybody has changed.",
    "audit verify": "Reads seals, and prints no record.",
    "backup": "Copies the tables themselves.",
    "createsuperuser": "Makes the first of all rights.",
    "doctor": "Looks at the server itself.",
    "manage": "Django's own commands.",
    "migrate": "Changes the tables themselves.",
    "migrate_jobs": "Reads a folder, and no record.",
    "post_upgrade": "Changes the tables themselves.",
    "prune": "Deletes what the settings of the server say.",
    "restore": "Fills the tables themselves.",
    "scheduler": "Serves.",
    "token create": "Gives a named user a token: the way in for a server without pages.",
    "token list": "Lists the tokens of a named user.",
    "token revoke": "Takes away a token of a named user.",
    "up": "Serves.",
    "web": "Serves.",
    "worker": "Serves.",
}
"""Commands that ask for no right, and why."""


@dataclass(frozen=True, kw_only=True)
class Typed:
    """A command that acts with the rights of a user."""

    words: Callable[[str, str], list[str]]
    """What is typed, with the name of the user and the key of the row."""
    rights: tuple[Right, ...] = ()
    row: Right | None = None
    flavour: str = ""
    then: Callable[[World, Role, Row], str | None] = lambda *_: None
    decide: Callable[[World, Role, Row | None], str | None] | None = None
    """Set, it says all that refuses beside ``rights``."""
    changes: bool = False
    follows: bool = False
    """It waits for the end of a run, so it is only asked where it must refuse."""


def _on(*words: str) -> Callable[[str, str], list[str]]:
    """The words with the row's key behind the first, and ``--user``."""
    return lambda name, key: [words[0], key, *words[1:], "--user", name]


def _unless_decidable(world: World, role: Role, row: Row) -> str | None:
    return None if oracle.reaches(role, "change", world.stages[row]) else NOT_APPROVER


INPUTS_REFUSED = "inputs_refused"


def _unless_its_job_fits(world: World, role: Role, row: Row) -> str | None:
    """Whoever switches a webhook on must be able to run its job, which must be there."""
    job = world.webhook_jobs[row.pk]
    if not oracle.reaches(role, "run", job):
        return NOT_FOUND
    return None if job.installed else INPUTS_REFUSED


AS_USER: dict[str, Typed] = {
    "jobs": Typed(
        words=lambda name, _key: ["jobs", "--all", "--json", "--user", name], rights=(view(Job),)
    ),
    "runs": Typed(
        words=lambda name, _key: ["runs", "--limit", "1000", "--json", "--user", name],
        rights=(view(JobResult),),
    ),
    "logs": Typed(
        words=_on("logs"), rights=(view(JobLogEntry), view(JobResult)), row=view(JobResult)
    ),
    "run": Typed(
        words=_on("run", "text=hello", "--no-wait"),
        rights=(("run", Job),),
        row=("run", Job),
        then=unless_installed,
        changes=True,
    ),
    "runjob": Typed(
        words=lambda name, key: ["runjob", key, "--username", name],
        rights=(("run", Job),),
        row=("run", Job),
        then=unless_installed,
        changes=True,
        follows=True,
    ),
    "rerun": Typed(
        words=_on("rerun", "--no-wait"),
        rights=(view(JobResult), ("run", Job)),
        row=view(JobResult),
        then=unless_its_job_runs,
        changes=True,
    ),
    "cancel": Typed(
        words=_on("cancel"),
        rights=(view(JobResult),),
        row=view(JobResult),
        flavour="waiting",
        then=unless_cancellable,
        changes=True,
    ),
    "queues list": Typed(
        words=lambda name, _key: ["queues", "list", "--json", "--user", name],
        rights=(view(JobQueue),),
    ),
    **{
        f"queues {verb}": Typed(
            words=lambda name, key, verb=verb: ["queues", verb, key, "--user", name],
            rights=(("change", JobQueue),),
            row=("change", JobQueue),
            changes=verb != "resume",
        )
        for verb in ("pause", "drain", "resume")
    },
    "notifications list": Typed(
        words=lambda name, _key: ["notifications", "list", "--json", "--user", name]
    ),
    "notifications read": Typed(words=lambda name, _key: ["notifications", "read", "--user", name]),
    "notifications rules": Typed(
        words=lambda name, _key: ["notifications", "rules", "--json", "--user", name],
        rights=(view(NotificationRule),),
    ),
    "notifications deliveries": Typed(
        words=lambda name, key: ["notifications", "deliveries", key, "--json", "--user", name],
        rights=(view(NotificationRule),),
        row=view(NotificationRule),
    ),
    "notifications test": Typed(
        words=lambda name, key: ["notifications", "test", key, "--user", name],
        rights=(("change", NotificationRule),),
        row=("change", NotificationRule),
        changes=True,
    ),
    "notifications retry": Typed(  # nobody was told anything yet
        words=lambda name, _key: ["notifications", "retry", "none", "--user", name],
        rights=(("change", NotificationRule),),
        row=("change", NotificationRule),
        then=lambda *_: NOT_FOUND,
    ),
    "workers list": Typed(words=lambda name, _key: ["workers", "list", "--json", "--user", name]),
    **{
        f"workers {verb}": Typed(
            words=lambda name, _key, verb=verb: ["workers", verb, "w1", "--user", name],
            rights=(("change", Worker),),
            changes=verb == "drain",
        )
        for verb in ("drain", "resume")
    },
    "approvals list": Typed(
        words=lambda name, _key: ["approvals", "list", "--json", "--user", name],
        rights=(),
    ),
    "approvals show": Typed(
        words=lambda name, key: ["approvals", "show", key, "--user", name],
        rights=(),
        row=view(ApprovalWorkflow),
    ),
    "approvals approve": Typed(
        words=lambda name, key: ["approvals", "approve", key, "--user", name],
        rights=(("change", ApprovalWorkflowStage),),
        row=view(ApprovalWorkflow),
        then=lambda world, role, row: (
            _unless_decidable(world, role, row) or unless_own(world, role, row)
        ),
        changes=True,
    ),
    "approvals deny": Typed(
        words=lambda name, key: ["approvals", "deny", key, "--user", name],
        rights=(("change", ApprovalWorkflowStage),),
        row=view(ApprovalWorkflow),
        then=lambda world, role, row: _unless_decidable(world, role, row),
        changes=True,
    ),
    "approvals cancel": Typed(
        words=lambda name, key: ["approvals", "cancel", key, "--user", name],
        rights=(),
        row=view(ApprovalWorkflow),
        then=unless_withdrawable,
        changes=True,
    ),
    "blackouts list": Typed(
        words=lambda name, _key: ["blackouts", "list", "--json", "--user", name],
        rights=(view(BlackoutCalendar),),
    ),
    "blackouts add": Typed(
        words=lambda name, _key: [
            *("blackouts", "add", f"alpha {name}", "--window", "daily 22:00 to 06:00"),
            *("--user", name),
        ],
        rights=(("add", BlackoutCalendar),),
        changes=True,
    ),
    "blackouts edit": Typed(
        words=lambda name, key: [
            *("blackouts", "edit", key, "--window", "daily 22:00 to 06:00", "--user", name)
        ],
        rights=(("change", BlackoutCalendar),),
        row=("change", BlackoutCalendar),
        changes=True,
    ),
    "blackouts delete": Typed(
        words=lambda name, key: ["blackouts", "delete", key, "--user", name],
        rights=(("delete", BlackoutCalendar),),
        row=("delete", BlackoutCalendar),
        changes=True,
    ),
    "approvals comment": Typed(
        words=lambda name, key: ["approvals", "comment", key, "hm", "--user", name],
        rights=(("change", ApprovalWorkflowStage), view(ApprovalWorkflow)),
        row=view(ApprovalWorkflow),
        then=lambda world, role, row: _unless_decidable(world, role, row),
        changes=True,
    ),
    "approvals dry-run": Typed(
        words=lambda name, key: ["approvals", "dry-run", key, "--no-wait", "--user", name],
        rights=(),
        row=view(ApprovalWorkflow),
        then=unless_tried_out,
        changes=True,
    ),
    "press": Typed(
        words=lambda name, key: [
            *("press", key, f"jobsmith.tag:{a_tag()}", "--no-wait", "--user", name)
        ],
        rights=(("run", Job),),
        row=view(JobButton),
        decide=unless_pressable,
        changes=True,
    ),
    "schedules list": Typed(
        words=lambda name, _key: ["schedules", "list", "--json", "--user", name],
        rights=(view(ScheduledJob),),
    ),
    "schedules add": Typed(
        words=lambda name, key: [
            *("schedules", "add", key, "text=hello", "--name", f"alpha {name}"),
            *("--crontab", "0 0 * * *", "--user", name),
        ],
        rights=(("run", Job),),
        row=("run", Job),
        then=unless_installed,
        changes=True,
    ),
    "schedules pause": Typed(
        words=lambda name, key: ["schedules", "pause", key, "--user", name],
        rights=(("change", ScheduledJob),),
        row=("change", ScheduledJob),
        changes=True,
    ),
    "schedules resume": Typed(
        words=lambda name, key: ["schedules", "resume", key, "--user", name],
        rights=(("change", ScheduledJob),),
        row=("change", ScheduledJob),
        changes=True,
    ),
    "schedules skip": Typed(
        words=lambda name, key: ["schedules", "skip", key, "--user", name],
        rights=(("change", ScheduledJob),),
        row=("change", ScheduledJob),
        changes=True,
    ),
    "schedules edit": Typed(
        words=lambda name, key: ["schedules", "edit", key, "text=hello", "--user", name],
        rights=(("change", ScheduledJob), ("run", Job)),
        row=("change", ScheduledJob),
        then=unless_its_job_runs,
        changes=True,
    ),
    "schedules transfer": Typed(
        words=lambda name, key: ["schedules", "transfer", key, "--user", name],
        rights=(("change", ScheduledJob), ("run", Job)),
        row=("change", ScheduledJob),
        then=unless_it_runs_as_oneself,
        changes=True,
    ),
    "schedules delete": Typed(
        words=lambda name, key: ["schedules", "delete", key, "--user", name],
        rights=(("delete", ScheduledJob),),
        row=("delete", ScheduledJob),
        changes=True,
    ),
    "schedules run": Typed(
        words=lambda name, key: ["schedules", "run", key, "--no-wait", "--user", name],
        rights=(view(ScheduledJob), ("run", Job)),
        row=view(ScheduledJob),
        then=unless_its_job_runs,
        changes=True,
    ),
    "repositories list": Typed(
        words=lambda name, _key: ["repositories", "list", "--json", "--user", name],
        rights=(view(GitRepository),),
    ),
    "repositories show": Typed(
        words=lambda name, key: ["repositories", "show", key, "--user", name],
        rights=(view(GitRepository),),
        row=view(GitRepository),
    ),
    "repositories add": Typed(
        words=lambda name, _key: [
            *("repositories", "add", f"alpha {name}", "https://git.example.com/new.git"),
            *("--slug", "alpha_by_command", "--user", name),
        ],
        rights=(("add", GitRepository),),
        changes=True,
    ),
    "repositories edit": Typed(
        words=lambda name, key: ["repositories", "edit", key, "--branch", "next", "--user", name],
        rights=(("change", GitRepository),),
        row=("change", GitRepository),
        changes=True,
    ),
    "repositories sync": Typed(
        words=lambda name, key: ["repositories", "sync", key, "--no-wait", "--user", name],
        rights=(("change", GitRepository),),
        row=("change", GitRepository),
        changes=True,
    ),
    "repositories delete": Typed(
        words=lambda name, key: ["repositories", "delete", key, "--user", name],
        rights=(("delete", GitRepository),),
        row=("delete", GitRepository),
        changes=True,
    ),
    "webhooks list": Typed(
        words=lambda name, _key: ["webhooks", "list", "--json", "--user", name],
        rights=(view(JobWebhook),),
    ),
    "webhooks add": Typed(
        words=lambda name, key: ["webhooks", "add", f"alpha {name}", key, "--user", name],
        rights=(("add", JobWebhook), ("run", Job)),
        row=("run", Job),
        then=lambda _world, _role, job: None if job.installed else INPUTS_REFUSED,
        changes=True,
    ),
    **{
        f"webhooks {verb}": Typed(
            words=lambda name, key, verb=verb: ["webhooks", verb, key, "--user", name],
            rights=((right, JobWebhook),),
            row=(right, JobWebhook),
            changes=right != "view",
        )
        for verb, right in {
            "disable": "change",
            "renew-secret": "change",
            "deliveries": "view",
            "delete": "delete",
        }.items()
    },
    "webhooks enable": Typed(
        words=lambda name, key: ["webhooks", "enable", key, "--user", name],
        rights=(("change", JobWebhook), ("run", Job)),
        row=("change", JobWebhook),
        then=_unless_its_job_fits,
        changes=True,
    ),
    "sync": Typed(
        words=_on("sync"),
        rights=(("change", GitRepository),),
        row=("change", GitRepository),
        changes=True,
        follows=True,
    ),
}
"""Commands that ask as the other doors do; ``sync`` without a repository reads what lies here."""

EXIT_CODES = {
    **dict.fromkeys((NOT_APPROVER, OWN_REQUEST), 3),
    NOT_ALLOWED: 3,
    NOT_FOUND: 2,
    **dict.fromkeys((INPUTS_REFUSED, REFUSED), 2),
    NOT_INSTALLED: 3,
    None: 0,
}


def every_command() -> Iterator[str]:
    """Names of all commands, those of groups behind the group's."""
    context = click.Context(jobsmith)
    for name in COMMANDS:
        command = jobsmith.get_command(context, name)
        if isinstance(command, click.Group):
            yield from (f"{name} {each}" for each in command.commands)
        else:
            yield name


def refusal(world: World, role: Role, typed: Typed, row: Row | None) -> str | None:
    """Why it must refuse; None where it must act."""
    if not role.is_signed_in:
        return NOT_FOUND
    if not all(oracle.has(role, *right) for right in typed.rights):
        return NOT_ALLOWED
    if typed.row is None:
        return None
    if typed.decide:
        return typed.decide(world, role, row)
    if row is None or not oracle.reaches(role, typed.row[0], row):
        return NOT_FOUND
    return typed.then(world, role, row)


def typed_key(name: str, row: Row | None, missing: Any) -> str:
    """What is typed for a row: a repository's name, a class path for ``runjob``, else the key."""
    if name == "runjob":
        return Job.objects.get(pk=row.pk).class_path if row else "no.Such"
    if row is None:
        return str(missing)
    return row.name if row.kind is GitRepository else str(row.pk)
