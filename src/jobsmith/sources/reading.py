"""What can be told of job code by reading it: names that are missing here, and what has no effect.

Loading a file stops at the first name that is missing, and never sees what a method imports.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from jobsmith.compat import is_here
from jobsmith.jobs.options import OPTIONS
from jobsmith.specs import Problem

META = {*OPTIONS, "approval_required"}
_OLD_RUN = ["data", "commit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Something that job code imports and that is not on this server."""

    name: str
    """``nautobot.dcim.models.Device``, ``netmiko``."""
    kind: str
    """``name`` of the peer's, or ``package``."""
    file: str
    line: int


def missing_in(file: str, text: bytes, own: set[str]) -> list[Missing]:
    """What a file imports that is not here; ``own`` are the top modules of its folder."""
    found = [
        Missing(name=name, kind=kind, file=file, line=line)
        for module, names, line in _imports(text)
        for name, kind in _absent(module, names, own)
    ]
    return list(dict.fromkeys(found))


def remarks_in(file: str, text: bytes) -> list[Problem]:
    """What is written there and has no effect here, or another one."""
    return [
        Problem(code="no_effect", message=message, file=file, line=line, severity="warning")
        for each in ast.walk(_tree(text))
        if isinstance(each, ast.ClassDef)
        for message, line in (*_meta_remarks(each), *_method_remarks(each))
    ]


def package_meant(root: Path) -> str:
    """The name by which the files of a package import one another, as far as it can be told."""
    below = {each.stem for each in root.iterdir()}
    for path in sorted(root.rglob("*.py")):
        for module, _, _ in _imports(path.read_bytes()):
            top, _, rest = module.partition(".")
            if rest.partition(".")[0] in below and not _is_installed(top):
                return top
    return ""


def _tree(text: bytes) -> ast.Module:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return ast.Module(body=[], type_ignores=[])


def _imports(text: bytes) -> Iterator[tuple[str, list[str], int]]:
    """Absolute imports that nothing catches: module, names taken from it, line."""
    tree = _tree(text)
    caught = {
        inner
        for each in ast.walk(tree)
        if isinstance(each, ast.Try)
        for statement in each.body
        for inner in ast.walk(statement)
    }
    for each in ast.walk(tree):
        if each in caught:
            continue
        if isinstance(each, ast.Import):
            yield from ((alias.name, [], each.lineno) for alias in each.names)
        elif isinstance(each, ast.ImportFrom) and each.module and not each.level:
            yield each.module, [alias.name for alias in each.names], each.lineno


def _absent(module: str, names: list[str], own: set[str]) -> Iterator[tuple[str, str]]:
    top = module.partition(".")[0]
    if top in own or _is_installed(top):
        return
    served = [is_here(module, name) for name in names] or [is_here(module)]
    if None in served:
        yield top, "package"
        return
    paths = [f"{module}.{name}" for name in names] or [module]
    yield from ((path, "name") for path, there in zip(paths, served, strict=True) if not there)


def _is_installed(top: str) -> bool:
    try:
        return find_spec(top) is not None
    except (ImportError, ValueError):
        return False


def _meta_remarks(job: ast.ClassDef) -> Iterator[tuple[str, int]]:
    for meta in job.body:
        if isinstance(meta, ast.ClassDef) and meta.name == "Meta" and _looks_like_a_job(job):
            for name, line in _assigned(meta):
                if name not in META:
                    yield f"{job.name}: Meta.{name} has no effect here.", line


def _looks_like_a_job(each: ast.ClassDef) -> bool:
    bases = [ast.unparse(base).rpartition(".")[2] for base in each.bases]
    return any(base.endswith(("Job", "Receiver")) for base in bases)


def _assigned(meta: ast.ClassDef) -> Iterator[tuple[str, int]]:
    for each in meta.body:
        if isinstance(each, ast.Assign):
            yield from ((to.id, each.lineno) for to in each.targets if isinstance(to, ast.Name))


def _method_remarks(job: ast.ClassDef) -> Iterator[tuple[str, int]]:
    if not _looks_like_a_job(job):
        return
    for each in job.body:
        if not isinstance(each, ast.FunctionDef):
            continue
        if each.name == "run" and [arg.arg for arg in each.args.args[1:]] == _OLD_RUN:
            sentence = "run() gets each variable by its name, not data and commit."
            yield f"{job.name}: {sentence}", each.lineno
        elif each.name == "post_run":
            yield f"{job.name}: post_run() is never called; after_return() is.", each.lineno
