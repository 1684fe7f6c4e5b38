"""The command group; a command's module, and Django with it, is loaded when it is asked for."""

import sys
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

import click

from jobsmith import __version__
from jobsmith.context import changing
from jobsmith.errors import NotStorable
from jobsmith.received import is_text

BAD_INPUT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Where a command lives, and the line that help shows for it."""

    target: str
    """``module:attribute`` inside this package."""
    help: str
    section: str


SERVE, USE, CARE = "Serve", "Use", "Look after"

COMMANDS: dict[str, Entry] = {
    "up": Entry(target="up:up", section=SERVE, help="Serve everything: web, worker, scheduler."),
    "web": Entry(target="web:web", section=SERVE, help="Serve the pages and the API."),
    "worker": Entry(target="worker:worker", section=SERVE, help="Run jobs."),
    "scheduler": Entry(target="scheduler:scheduler", section=SERVE, help="Watch the clock."),
    "run": Entry(target="run:run", section=USE, help="Run a job and follow it."),
    "jobs": Entry(target="jobs:jobs", section=USE, help="List jobs."),
    "runs": Entry(target="runs:runs", section=USE, help="List runs, newest first."),
    "logs": Entry(target="logs:logs", section=USE, help="Show or follow the log of a run."),
    "cancel": Entry(target="cancel:cancel", section=USE, help="Cancel a run."),
    "rerun": Entry(target="rerun:rerun", section=USE, help="Run again with the same inputs."),
    "blackouts": Entry(target="blackouts:blackouts", section=USE, help="Let nothing start then."),
    "press": Entry(target="press:press", section=USE, help="Press a job button for a record."),
    "schedules": Entry(target="schedules:schedules", section=USE, help="Run jobs by the clock."),
    "queues": Entry(target="queues:queues", section=USE, help="Where runs wait; pause, drain."),
    "workers": Entry(target="workers:workers", section=USE, help="What takes runs; drain one."),
    "approvals": Entry(target="approvals:approvals", section=USE, help="Approve and deny."),
    "repositories": Entry(
        target="repositories:repositories", section=USE, help="Git repositories; sync them."
    ),
    "notifications": Entry(
        target="notifications:notifications", section=USE, help="What you were told; rules."
    ),
    "webhooks": Entry(
        target="webhooks:webhooks", section=USE, help="Let other systems start jobs."
    ),
    "runjob": Entry(target="runjob:runjob", section=USE, help="Run a job, with the older words."),
    "sync": Entry(target="sync:sync", section=CARE, help="Read the job sources again."),
    "migrate_jobs": Entry(
        target="migrate_jobs:migrate_jobs", section=CARE, help="Would a folder of jobs load here?"
    ),
    "backup": Entry(target="backup:backup", section=CARE, help="Write all that lasts to a file."),
    "restore": Entry(target="backup:restore", section=CARE, help="Fill an empty server from one."),
    "prune": Entry(target="prune:prune", section=CARE, help="Delete runs kept for long enough."),
    "doctor": Entry(target="doctor:doctor", section=CARE, help="Tell what is wrong here."),
    "token": Entry(target="token:token", section=CARE, help="Make, list and revoke API tokens."),
    "audit": Entry(target="audit:audit", section=CARE, help="Prove that the trail is whole."),
    "createsuperuser": Entry(
        target="manage:createsuperuser", section=CARE, help="Make an administrator."
    ),
    "migrate": Entry(target="manage:migrate", section=CARE, help="Bring the database up to date."),
    "post_upgrade": Entry(
        target="manage:post_upgrade", section=CARE, help="After an upgrade: migrate, then sync."
    ),
    "manage": Entry(target="manage:manage", section=CARE, help="Any of Django's own commands."),
}


class LazyGroup(click.Group):
    """A group that knows its commands' names and help before it has loaded any of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in reading order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command; dashes and underscores are the same."""
        entry = COMMANDS.get(cmd_name.replace("-", "_"))
        if entry is None:
            return None
        command: click.Command = _loading().load(entry.target)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List commands from the table, so that help stays quick."""
        for section in (SERVE, USE, CARE):
            rows = [(name, each.help) for name, each in COMMANDS.items() if each.section == section]
            with formatter.section(section):
                formatter.write_dl(rows)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The arguments; bytes that are no text are refused in a sentence."""
        if not all(is_text(each) for each in args):
            raise click.UsageError(NotStorable().message, ctx)
        ctx.obj = next((each for each in args if not each.startswith("-")), "")
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a refusal becomes a sentence and an exit code, here and nowhere else."""
        try:
            with changing(door="cli", detail=ctx.obj):
                return super().invoke(ctx)
        except _loading().REFUSALS as refusal:
            ctx.exit(_loading().report(refusal))


def _loading() -> ModuleType:
    """The half that imports Django; help must not pay for it."""
    return import_module("jobsmith.cli.loading")


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="jobsmith")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Turn Python into governed, self-service jobs."""
    if sys.platform == "win32":
        click.echo(
            "jobsmith: Windows cannot run jobs safely. Use WSL: https://aka.ms/wsl", err=True
        )
        ctx.exit(BAD_INPUT)
