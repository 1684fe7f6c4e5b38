"""``jobsmith run``: the run form on the command line."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NoReturn, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from jobsmith.actions.cancel_result import cancel_result
from jobsmith.actions.enqueue_job import Accepted, RunOptions, enqueue_job, may_run
from jobsmith.actions.priority import HIGHEST, LOWEST, USUAL
from jobsmith.actions.run_form import json_run_form, run_form, spec_of
from jobsmith.errors import AlreadyFinal, InputsRefused
from jobsmith.inputs.form import RunForm
from jobsmith.lifecycle import Status
from jobsmith.models import Job, JobResult, ScheduledJob
from jobsmith.policies import Actor

from .arguments import read_inputs
from .finding import find_job
from .following import Following
from .loading import FAILED, OK, STOPPED, WAITS
from .people import acting_user, user_option
from .printing import printable
from .showing import as_dict, console, log_line, outcome, parts

EXIT_CODES = {Status.SUCCESS: OK, Status.FAILURE: FAILED, Status.REVOKED: STOPPED}


Command = TypeVar("Command", bound=Callable[..., Any])


def following_options(command: Command) -> Command:
    """``wait`` and ``as_json``, for commands that make a run."""
    wait = click.option("--wait/--no-wait", default=True, help="Follow it to its end (default).")
    as_json = click.option(
        "--json", "as_json", is_flag=True, help="Print the run as JSON, and nothing else."
    )
    return wait(as_json(command))


def priority_option(command: Command) -> Command:
    """``priority``, for commands that run a job now or later."""
    bounds = click.IntRange(LOWEST, HIGHEST)
    told = "Higher goes first; above 0 it takes the right to prioritize."
    return click.option("--priority", type=bounds, default=USUAL, show_default=True, help=told)(
        command
    )


@click.command()
@click.argument("job")
@click.argument("inputs", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--data", "data_file", default="", help="A file of JSON inputs; - reads stdin.")
@following_options
@click.option("--queue", default="", help="One of the job's queues.")
@priority_option
@user_option
def run(
    job: str,
    inputs: tuple[str, ...],
    data_file: str,
    wait: bool,
    as_json: bool,
    queue: str,
    priority: int,
    username: str,
) -> None:
    """Run JOB (module.Class, id or name) and follow it.

    NAME=VALUE gives text, NAME:=VALUE gives JSON, a repeated NAME gives several; a file input
    takes a path. Exit codes: 0 succeeded, 1 failed, 2 bad input, 3 refused, 4 waits for approval,
    130 stopped.
    """
    user = acting_user(username)
    options = RunOptions(queue=queue, priority=priority, door="cli")
    result = start(find_job(job, user=user), inputs, data_file, options=options, user=user)
    see_through(result, user=user, wait=wait, as_json=as_json)


def start(
    job: Job, pairs: tuple[str, ...], data_file: str, *, options: RunOptions, user: Actor
) -> Accepted:
    """Fill the form and enqueue the run, or ask for its approval.

    Raises what the form and the action refuse.
    """
    with filled_form(job, pairs, data_file, user=user) as form:
        return enqueue_job(job, user=user, inputs=form.clean_inputs, options=options)


@contextmanager
def filled_form(
    job: Job, pairs: tuple[str, ...], data_file: str, *, user: Actor
) -> Iterator[RunForm]:
    """The job's form with what was typed, valid; its files are open inside. Raises what keeps the
    user from running the job, and InputsRefused."""
    may_run(job, user)
    values, files = read_inputs(spec_of(job), pairs, data_file)
    with ExitStack() as opened:
        for file in files.values():
            opened.callback(file.close)
        form = json_run_form(job, user=user, data=_shown_at_first(job, user) | values, files=files)
        if not form.is_valid():
            raise InputsRefused(form.refusals())
        yield form


def _shown_at_first(job: Job, user: Actor) -> dict[str, Any]:
    """Defaults: who does not name an input gets what the page would have shown in it."""
    form = run_form(job, user=user)
    return {name: value for name, value in form.initial.items() if value is not None}


def see_through(made: Accepted, *, user: Actor, wait: bool, as_json: bool) -> NoReturn:
    """Follow the run if asked to, print what was asked for, and exit with its code."""
    if isinstance(made, ScheduledJob):
        tell_waiting(made, as_json=as_json)
    result = made
    code = follow(result, user=user, quiet=as_json) if wait else OK
    if as_json:
        click.echo(json.dumps(as_dict(result)))
    elif not wait:
        click.echo(str(result.pk))
    if not wait and result.is_final:  # it was skipped: its job has as many runs as may be
        click.echo(f"jobsmith: It was not started: {printable(result.cause_detail)}", err=True)
        code = EXIT_CODES[Status(result.status)]
    raise SystemExit(code)


def tell_waiting(request: ScheduledJob, *, as_json: bool = False) -> NoReturn:
    """There is no run yet: say what it waits for, on stderr, and exit with a code of its own."""
    if as_json:
        click.echo(json.dumps({"scheduled_job": str(request.pk), "state": request.state}))
    else:
        click.echo(str(request.pk))
    click.echo("jobsmith: It waits for approval. `jobsmith approvals list` shows it.", err=True)
    raise SystemExit(WAITS)


def follow(result: JobResult, *, user: Actor, quiet: bool = False) -> int:
    """Show the run until it ends; Ctrl-C cancels it, a second one leaves. The exit code."""
    show = console(stderr=True) if quiet else console()
    try:
        _watch(result, user=user, show=show, quiet=quiet)
    except KeyboardInterrupt:
        show.print("Cancelling; Ctrl-C again leaves the run behind.")
        _cancel(result, user=user)
        _watch(result, user=user, show=show, quiet=True)
    if not quiet:
        _show_end(result, show)
    return EXIT_CODES[Status(result.status)]


def _watch(result: JobResult, *, user: Actor, show: Console, quiet: bool) -> None:
    following = Following(result, user=user)
    with _progress(show, quiet) as bar:
        task = bar.add_task(printable(result.name), total=None)
        for _turn in following.turns():
            if not quiet:
                for entry in following.lines():
                    bar.console.print(log_line(entry))
            _move(bar, task, result)


def _progress(show: Console, quiet: bool) -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TimeElapsedColumn(),
        console=show,
        transient=True,
        disable=quiet or not show.is_terminal,
    )


def _move(bar: Progress, task: TaskID, result: JobResult) -> None:
    words = result.progress_text or result.waiting_reason or result.label
    bar.update(
        task,
        description=printable(f"{result.name}: {words}"),
        total=result.progress_total,
        completed=result.progress_done or 0,
    )


def _cancel(result: JobResult, *, user: Actor) -> None:
    try:
        cancel_result(result, user=user)
    except AlreadyFinal:
        return


def _show_end(result: JobResult, show: Console) -> None:
    if result.traceback:
        show.print(printable(result.traceback).rstrip(), style="dim")
    if result.status == Status.SUCCESS and result.result is not None:
        for part in parts(result.result):
            show.print(part)
    show.print(outcome(result))
