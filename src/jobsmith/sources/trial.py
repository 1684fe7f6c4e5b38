"""What would become of a folder of jobs: which load, which do not, and why."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from jobsmith.models import Job
from jobsmith.specs import Problem

from .base import FOLDER, SourceRef
from .inspect import inspect
from .modules import modules_below


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One job class, or one file that does not load and names no job."""

    job: str
    """Its class path; "" for such a file."""
    loads: bool
    file: str
    line: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a folder holds."""

    verdicts: tuple[Verdict, ...]
    remarks: tuple[Problem, ...]
    """What keeps no job from being offered."""

    @property
    def is_whole(self) -> bool:
        """Whether everything loads."""
        return all(each.loads for each in self.verdicts)


def try_folder(root: Path) -> Trial:
    """Load the folder's code in a throw-away child; no record is made.

    Raises SourceBroken when that itself could not be done.
    """
    ref = SourceRef(key=FOLDER, kind=Job.SourceKind.LOCAL, title=root.name, path=root)
    found = inspect(ref, root)
    loaded = [
        Verdict(job=each.class_path, loads=True, file=each.file, line=each.line)
        for each in found.specs
    ]
    paths = {each.job for each in loaded}
    errors = [each for each in found.problems if each.severity == "error"]
    modules = {each.file: each.name for each in modules_below(root)}
    broken = [verdict for each in errors for verdict in _broken(root, each, modules, paths)]
    return Trial(
        verdicts=(*loaded, *broken),
        remarks=tuple(each for each in found.problems if each not in errors),
    )


def _broken(
    root: Path, problem: Problem, modules: Mapping[str, str], loaded: set[str]
) -> list[Verdict]:
    """A verdict for each job that the problem's file would have offered."""
    if problem.code in {"bad_job_class", "job_refused"}:
        names = [problem.message.partition(":")[0]]
    else:
        names = list(dict.fromkeys(_registered(root / problem.file)))
    module = modules.get(problem.file, "")
    paths = [path for name in names if (path := f"{module}.{name}") not in loaded]
    return [
        Verdict(job=path, loads=False, file=problem.file, line=problem.line, reason=problem.message)
        for path in paths or [""]
    ]


def _registered(file: Path) -> Iterator[str]:
    """Names that the file hands to ``register_jobs``, as far as it can be read."""
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and _called(call) == "register_jobs":
            yield from (each.id for each in call.args if isinstance(each, ast.Name))


def _called(call: ast.Call) -> str:
    name = call.func
    return str(getattr(name, "id", "") or getattr(name, "attr", ""))
