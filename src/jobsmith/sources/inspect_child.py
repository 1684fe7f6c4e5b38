"""The program behind `inspect`: reads a request, forks, lets the forks load job code, prints JSON.

All files are loaded together in one fork. If that one dies or hangs, the file it was at is to
blame, and every other file is loaded in a fork of its own.
"""

import ast
import json
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import django

from jobsmith.jobs import describe_all
from jobsmith.jobs.registry import registered
from jobsmith.processes import capped, linux
from jobsmith.processes.confine import Limits
from jobsmith.specs import JobSpec, Problem, to_json

from . import overlay
from .loader import load_modules, unregistered
from .modules import Found, modules_below, modules_of_package
from .names import Folder
from .no_database import withhold
from .no_secrets import forget
from .user import choose_user

WIDTH = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to inspect."""

    root: str
    """The folder, or that of the installed package."""
    package: str
    prefix: str
    """Package of a repository: only its ``jobs`` module is loaded. "" means all modules."""
    others: Sequence[str]
    """Modules whose jobs belong to other sources."""
    seconds: float
    memory: int
    packages: str = ""
    """Folder of the packages that the code asks for beside the server's."""
    database: bool = True
    """Whether the code may have database and keys, where it is in no sandbox."""

    @property
    def base(self) -> Path:
        """Where files are given from."""
        return Path(self.root).parent if self.package else Path(self.root)

    def modules(self) -> list[Found]:
        """The modules to load."""
        if self.package:
            return modules_of_package(self.package, Path(self.root))
        if self.prefix:
            return modules_of_package(self.prefix, Path(self.root, self.prefix))
        return modules_below(Path(self.root))


def main() -> None:
    """Answer one request from stdin on stdout."""
    request = Request(**json.load(sys.stdin))
    # What settings and apps print must not stand in the answer.
    answer_to = os.dup(1)
    os.dup2(2, 1)
    withhold(anyway=not request.database)
    django.setup()
    if not request.database:
        forget()
    linux.adopt_orphans()
    answer = inspect_all(request)
    linux.kill_below({os.getpid()})
    with open(answer_to, "w") as stream:
        json.dump(answer, stream)


def inspect_all(request: Request) -> dict[str, Any]:
    """Specs and problems of all modules, whatever one of them does."""
    modules = request.modules()
    [together] = _run(request, [modules], width=1)
    if not together.cause:
        return _merge([together.output])
    culprit = _marked(together.output) or modules[0]
    alone = [[each] for each in modules if each != culprit]
    answers = [_blame(request, culprit, together)]
    for [module], ended in zip(alone, _run(request, alone, width=WIDTH), strict=True):
        answers.append(_blame(request, module, ended) if ended.cause else ended.output)
    return _merge(answers)


def _run(request: Request, batches: list[list[Found]], *, width: int) -> list[capped.Ended]:
    limits, _ = choose_user(Limits(memory_bytes=request.memory), Path(request.root))
    works = [_work(request, batch) for batch in batches]
    ended = capped.run_all(works, limits=limits, seconds=request.seconds, width=width)
    return [_honest(each) for each in ended]


def _honest(ended: capped.Ended) -> capped.Ended:
    """A file may end the process and claim success."""
    if ended.cause or any("specs" in line for line in _lines(ended.output)):
        return ended
    return replace(ended, cause="ended the process (exit code 0)")


def _work(request: Request, modules: list[Found]) -> capped.Work:
    def work(stream: BinaryIO) -> None:
        def mark(found: Found) -> None:
            _say(stream, {"at": found.name, "file": found.file})

        _say(stream, _described(request, modules, mark))

    return work


def _described(request: Request, modules: list[Found], mark: Any) -> dict[str, Any]:
    """Load the modules in this process and describe what they offer."""
    overlay.use(request.packages)
    before = set() if request.package else set(registered())
    folder = None if request.package else Folder(request.base)
    problems = load_modules(modules, root=request.base, folder=folder, mark=mark)
    specs, refused = describe_all()
    problems += refused
    if folder is not None and len(modules) > 1:
        problems += unregistered(folder)
    mine = [each for each in specs if each.class_path not in before and _is_ours(request, each)]
    return {
        "specs": [to_json(_placed(request, each)) for each in mine],
        "problems": [
            to_json(replace(each, file=_relative(request, each.file))) for each in problems
        ],
    }


def _is_ours(request: Request, spec: JobSpec) -> bool:
    return not any(f"{spec.module_name}.".startswith(f"{each}.") for each in request.others)


def _placed(request: Request, spec: JobSpec) -> JobSpec:
    """The spec with its file given from the source, and the line of its class."""
    line = spec.line or _line_of(spec.file, spec.job_class_name)
    return replace(spec, file=_relative(request, spec.file), line=line)


def _relative(request: Request, file: str) -> str:
    path = Path(file)
    if file and path.is_relative_to(request.base):
        return path.relative_to(request.base).as_posix()
    return file


def _line_of(file: str, class_name: str) -> int:
    try:
        tree = ast.parse(Path(file).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return 0
    classes = (each for each in ast.walk(tree) if isinstance(each, ast.ClassDef))
    return next((each.lineno for each in classes if each.name == class_name), 0)


def _marked(output: bytes) -> Found | None:
    """The module that was being loaded last."""
    marks = [line for line in _lines(output) if "at" in line]
    return Found(marks[-1]["at"], marks[-1]["file"]) if marks else None


def _blame(request: Request, module: Found, ended: capped.Ended) -> bytes:
    """An answer that says how loading the module ended."""
    places = [(_relative(request, file), line) for file, line in ended.stack]
    line = next((line for file, line in places if file == module.file), 0)
    inside = next((each for each in places if not Path(each[0]).is_absolute()), None)
    where = f" (in {inside[0]}:{inside[1]})" if inside and inside[0] != module.file else ""
    message = f"Loading this file {ended.cause}{where}."
    problem = Problem(code="load_ended", message=message, file=module.file, line=line)
    return json.dumps({"specs": [], "problems": [to_json(problem)]}).encode()


def _merge(answers: Iterable[bytes]) -> dict[str, Any]:
    specs: dict[str, Any] = {}
    problems: list[Any] = []
    for answer in answers:
        for line in _lines(answer):
            for spec in line.get("specs", ()):
                specs.setdefault(f"{spec['module_name']}.{spec['job_class_name']}", spec)
            problems += [each for each in line.get("problems", ()) if each not in problems]
    return {"specs": list(specs.values()), "problems": problems}


def _lines(output: bytes) -> list[dict[str, Any]]:
    """The lines of an answer; the last one of a child that was ended may be torn."""
    lines = []
    for line in output.splitlines():
        with suppress(ValueError):
            lines.append(json.loads(line))
    return lines


def _say(stream: BinaryIO, line: dict[str, Any]) -> None:
    stream.write(json.dumps(line).encode() + b"\n")
    stream.flush()


if __name__ == "__main__":
    main()
