"""``jobsmith runjob``: the peer's command, with its arguments and its words."""

import json

import click
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone

from jobsmith import policies
from jobsmith.actions.enqueue_job import Accepted, RunOptions, enqueue_job, may_run
from jobsmith.actions.run_form import json_run_form
from jobsmith.errors import InputsRefused, NotAllowed, NotFound
from jobsmith.lifecycle import Status
from jobsmith.models import JobLogEntry, JobResult, ScheduledJob
from jobsmith.policies import Actor
from jobsmith.received import read_json

from .finding import find_job
from .following import Following
from .people import acting_user
from .printing import printable
from .run import tell_waiting

LEVELS = ("debug", "info", "success", "warning", "failure", "error", "critical")


@click.command()
@click.argument("job")
@click.option("--username", "-u", required=True, help="Act with the rights of this user.")
@click.option("--data", "-d", default="{}", help="Inputs as a JSON dict.")
@click.option("--local", "-l", is_flag=True, help="Accepted; runs always go to a worker.")
@click.option("--profile", is_flag=True, help="Refused: runs are not profiled yet.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 also when the job failed.")
def runjob(job: str, username: str, data: str, local: bool, profile: bool, exit_zero: bool) -> None:
    """Run JOB (module.Class) and print its outcome.

    Unlike the command it stands in for, it tells failure by its exit code; --exit-zero does not.
    """
    if profile:
        raise click.UsageError("Runs are not profiled yet; leave --profile out.")
    if local:
        click.echo("jobsmith: --local is not needed: the run goes to a worker.", err=True)
    result = _enqueue(job, username, data)
    if isinstance(result, ScheduledJob):
        tell_waiting(result)
    user = acting_user(username)
    click.echo(printable(f"[{_now()}] Running {job}..."))
    for _turn in Following(result, user=user).turns():
        pass
    _print_log(result, user)
    _print_end(result, job)
    raise SystemExit(0 if exit_zero else int(result.status != Status.SUCCESS))


def _enqueue(class_path: str, username: str, data: str) -> Accepted:
    if "." not in class_path:
        raise NotFound("Job must be specified in the Python module form: module.ClassName")
    user = _user(username)
    try:
        job = find_job(class_path, user=user)
        may_run(job, user)
    except NotAllowed as error:
        raise NotAllowed(f"User {username} does not have permission to run this Job") from error
    form = json_run_form(job, user=user, data=_parse(data))
    if not form.is_valid():
        raise InputsRefused(form.refusals())
    return enqueue_job(job, user=user, inputs=form.clean_inputs, options=RunOptions(door="cli"))


def _user(username: str) -> AbstractBaseUser:
    try:
        return acting_user(username)
    except NotFound as error:
        raise NotFound("No such user") from error


def _parse(data: str) -> object:
    try:
        return read_json(data)
    except ValueError as error:
        raise InputsRefused({"__all__": [f"Invalid JSON data:\n{error}"]}) from error


def _print_log(result: JobResult, user: Actor) -> None:
    entries = list(policies.logs(user, result))
    for grouping in dict.fromkeys(each.grouping for each in entries):
        mine = [each for each in entries if each.grouping == grouping]
        counts = ", ".join(
            f"{sum(each.log_level == level for each in mine)} {level}" for level in LEVELS
        )
        click.echo(printable(f"\t{grouping}: {counts}"))
        for entry in mine:
            click.echo(f"\t\t{_line(entry)}")


def _line(entry: JobLogEntry) -> str:
    subject = f"{entry.log_object}: " if entry.log_object else ""
    return printable(f"{entry.log_level}: {subject}{entry.message}")


def _print_end(result: JobResult, name: str) -> None:
    if result.result is not None:
        click.echo(printable(json.dumps(result.result)))
    if result.traceback:
        click.echo(printable(result.traceback))
    click.echo(printable(f"[{_now()}] {name}: {result.status}"))
    click.echo(f"[{_now()}] {printable(name)}: Duration {result.duration}")
    click.echo(f"[{_now()}] Finished")


def _now() -> str:
    return f"{timezone.localtime():%H:%M:%S}"
