"""``jobsmith migrate-jobs``: would a folder of jobs load here?"""

import json
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path

import click
from rich.text import Text

from jobsmith.sources.reading import Missing
from jobsmith.sources.trial import Trial, Verdict, is_package, try_folder
from jobsmith.specs import Problem, place_of

from .loading import FAILED, OK
from .printing import printable
from .showing import console, table

NO_JOBS = "There is no job: no file calls register_jobs()."
_REMEDIES = {
    "name": "use a model of your own, or leave the job where it is",
    "package": "name it in requirements.txt",
}


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--package", default="", help="Read PATH as a Git repository with this package name.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def migrate_jobs(path: Path, package: str, as_json: bool) -> None:
    """Tell which jobs of the folder PATH load here, which do not, and why.

    PATH is a folder of jobs, or the checkout of a Git repository that is a package. Nothing is
    recorded or run. Exit code 1 when something does not load, or when there is no job.
    """
    if package and not package.isidentifier():
        raise click.BadParameter(f"{package} is no name of a package.", param_hint="--package")
    _must_be_folder(path)
    trial = try_folder(path.resolve(), package)
    if as_json:
        click.echo(json.dumps(_as_dict(trial)))
    else:
        _show(trial)
    raise SystemExit(OK if trial.is_whole and trial.verdicts else FAILED)


def _must_be_folder(path: Path) -> None:
    try:
        is_folder, is_file = path.is_dir(), path.is_file()
    except OSError:  # a name that is too long for any folder
        is_folder = is_file = False
    if is_file:
        raise click.BadParameter(f"{path} is a file: give its folder.", param_hint="PATH")
    if not is_folder:
        raise click.BadParameter(f"{path} is no folder.", param_hint="PATH")
    whole = path.resolve()
    if whole.name == "jobs" and is_package(whole.parent):
        sentence = f"{path} is a part of a package: give {whole.parent}."
        raise click.BadParameter(sentence, param_hint="PATH")


def _show(trial: Trial) -> None:
    show = console()
    if trial.package:
        show.print(printable(f"Read as the package {trial.package} of a Git repository."))
    if trial.verdicts:
        lines = [[each.job or "(no job)", _state(each), _place(each)] for each in trial.verdicts]
        show.print(table("Job", "State", "File", rows=lines))
    reasons = [(_place(each), each.reason) for each in trial.verdicts if not each.loads]
    for place, reason in dict.fromkeys(reasons):
        show.print(printable(f"error: {place}: {reason}"), style="red")
    for each in trial.remarks:
        show.print(printable(f"warning: {_place(each)}: {each.message}"), style="yellow")
    _show_missing(trial)
    loaded = sum(each.loads for each in trial.verdicts)
    show.print(f"{loaded} of {len(trial.verdicts)} load." if trial.verdicts else NO_JOBS)


def _show_missing(trial: Trial) -> None:
    show, places = console(), defaultdict(list)
    for each in trial.missing:
        places[each.kind, each.name].append(_place(each))
    rows = [[name, _REMEDIES[kind], ", ".join(found)] for (kind, name), found in places.items()]
    if rows:
        show.print(table("Missing here", "What to do", "File", rows=sorted(rows)))


def _state(verdict: Verdict) -> Text:
    if verdict.loads:
        return Text("loads", style="green")
    return Text("does not load", style="red")


def _place(each: Verdict | Problem | Missing) -> str:
    return place_of(each.file, each.line)


def _as_dict(trial: Trial) -> dict[str, object]:
    return {
        "package": trial.package,
        "loaded": sum(each.loads for each in trial.verdicts),
        "jobs": [asdict(each) for each in trial.verdicts],
        "missing": [asdict(each) for each in trial.missing],
        "warnings": [asdict(each) for each in trial.remarks],
    }
