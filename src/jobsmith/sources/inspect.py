"""Asks a source what jobs it holds, without loading any of its code in this process."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jobsmith.conf import conf
from jobsmith.errors import DatabaseWithheld, SandboxMissing, SourceBroken
from jobsmith.processes import capped
from jobsmith.specs import JobSpec, Problem, job_from_json, problem_from_json

from .base import SourceRef
from .base import packages as installed
from .modules import unreachable
from .overlay import NONE, Provided, provided
from .rules import judged
from .sandboxes import is_read_apart, level_of, reading_sandbox, without_secrets

CHILD = "jobsmith.sources.inspect_child"
START_SECONDS = 60
"""For loading the host's settings and apps on a slow machine."""
MAX_MODULES = 5_000
NOT_READ = "The process that reads the source could not be started, or was ended."
APART = (
    "It has neither database nor secrets: settings of the host that need more of the environment "
    "name it in SANDBOX_ENVIRONMENT."
)
ALLOWED = "READ_WITH_DATABASE lets repositories be read with it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What a source holds."""

    specs: tuple[JobSpec, ...]
    problems: tuple[Problem, ...]


def inspect(ref: SourceRef, root: Path | None = None) -> Inspection:
    """The jobs and problems of a source; ``root`` is the tree of a folder.

    Raises SourceBroken when the inspection itself could not be done.
    """
    if root is None:
        return judge(ref, root, _ask(ref, request_of(ref, root)))
    with provided(root) as packages:
        return judge(ref, root, _ask(ref, request_of(ref, root, packages)), packages)


def judge(
    ref: SourceRef, root: Path | None, answer: dict[str, Any], packages: Provided = NONE
) -> Inspection:
    """What is to be made of the child's answer."""
    problems = [_explained(ref, problem_from_json(each)) for each in answer["problems"]]
    problems += packages.problems
    if root is not None:
        problems += unreachable(root)
    specs: dict[str, JobSpec] = {}
    for each in answer["specs"]:
        spec, remarks = judged(job_from_json(each), is_package=ref.is_package)
        problems += remarks
        if spec is not None:
            specs.setdefault(spec.class_path, spec)
    return Inspection(specs=tuple(specs.values()), problems=tuple(dict.fromkeys(problems)))


def _explained(ref: SourceRef, problem: Problem) -> Problem:
    """The problem, with the setting that would have the code load."""
    could = problem.code == DatabaseWithheld.code and is_read_apart(ref.key)
    if not could or level_of(ref.key).is_sandboxed:
        return problem
    return replace(problem, message=f"{problem.message} {ALLOWED}")


def request_of(ref: SourceRef, root: Path | None, packages: Provided = NONE) -> dict[str, Any]:
    """What the child is asked (`inspect_child.Request`)."""
    others = [f"{each.package}.jobs" for each in installed() if each.key != ref.key]
    return {
        "root": str(ref.path if root is None else root),
        "package": ref.package,
        "prefix": ref.prefix,
        "others": others,
        "seconds": conf().inspect_seconds,
        "memory": conf().inspect_memory,
        "packages": packages.folder,
        "database": not is_read_apart(ref.key),
    }


def _ask(ref: SourceRef, request: dict[str, Any]) -> dict[str, Any]:
    root = conf().jobs_root
    try:
        sandbox = reading_sandbox(ref.key, folders=(request["root"], request["packages"]))
    except SandboxMissing as error:
        raise SourceBroken(error.message) from error
    env = capped.surroundings(without=[root] if root else [])
    output = capped.call(
        CHILD,
        json.dumps(request).encode(),
        env=env if request["database"] else without_secrets(env),
        seconds=START_SECONDS + conf().inspect_seconds * MAX_MODULES,
        sandbox=sandbox,
    )
    if output is None:
        raise SourceBroken(NOT_READ if request["database"] else f"{NOT_READ} {APART}")
    answer: dict[str, Any] = json.loads(output)
    return answer
