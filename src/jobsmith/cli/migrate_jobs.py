"""``jobsmith migrate-jobs``: would a folder of jobs load here?"""

import json
from dataclasses import asdict
from pathlib import Path

import click
from rich.text import Text

from jobsmith.sources.trial import Trial, Verdict, try_folder
from jobsmith.specs import place_of

from .loading import FAILED, OK
from .printing import printable
from .showing import console, table


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def migrate_jobs(path: Path, as_json: bool) -> None:
    """Tell which jobs of the folder PATH load here, which do not, and why.

    Nothing is recorded or run. Exit code 1 when something does not load.
    """
    if not _is_folder(path):
        raise click.BadParameter(f"{path} is no folder.", param_hint="PATH")
    trial = try_folder(path.resolve())
    if as_json:
        click.echo(json.dumps(_as_dict(trial)))
    else:
        _show(trial)
    raise SystemExit(OK if trial.is_whole else FAILED)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name that is too long for any folder
        return False


def _show(trial: Trial) -> None:
    show = console()
    lines = [[each.job or "(no job)", _state(each), _place(each)] for each in trial.verdicts]
    show.print(table("Job", "State", "File", rows=lines))
    reasons = [(_place(each), each.reason) for each in trial.verdicts if not each.loads]
    for place, reason in dict.fromkeys(reasons):
        show.print(printable(f"error: {place}: {reason}"), style="red")
    for each in trial.remarks:
        show.print(printable(f"warning: {each.file}: {each.message}"), style="yellow")
    loaded = sum(each.loads for each in trial.verdicts)
    show.print(f"{loaded} of {len(trial.verdicts)} load.")


def _state(verdict: Verdict) -> Text:
    if verdict.loads:
        return Text("loads", style="green")
    return Text("does not load", style="red")


def _place(verdict: Verdict) -> str:
    return place_of(verdict.file, verdict.line)


def _as_dict(trial: Trial) -> dict[str, object]:
    return {
        "jobs": [asdict(each) for each in trial.verdicts],
        "warnings": [asdict(each) for each in trial.remarks],
    }
