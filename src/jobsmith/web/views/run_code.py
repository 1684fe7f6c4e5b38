"""The code that a run executed, and what changed in it since another run."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from jobsmith import policies
from jobsmith.errors import CodeMissing, NotFound
from jobsmith.models import JobResult, SourceTree
from jobsmith.sources import changes, trees

from ..page import page, show
from .run import find_run, require_runs

CURRENT = "current"
LOOKED_AT = 200
"""How many of the job's last runs are searched for other versions."""
MOST_VERSIONS = 10
MOST_FILES = 100
"""Changed files on a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A version to compare with."""

    value: str
    """Key of a run that executed it, or `CURRENT`."""
    digest: str
    label: str
    newer: bool
    """Than the code of the run that is looked at."""


@page
def run_code(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What changed since another version of the code, the files, and one file to be read."""
    require_runs(request, SourceTree)
    run = find_run(request, pk, SourceTree)
    choices = list(_choices(request, run))
    other = _chosen(request.GET.get("with", ""), choices)
    context = {"run": run, "choices": choices, "other": other} | _shown(request, run, other)
    return show(request, "runs/code.html", context, current="runs")


def _choices(request: HttpRequest, run: JobResult) -> Iterator[Choice]:
    """What serves now, then what the job's other runs executed, the newest first."""
    seen = {run.source_digest, ""}
    tree = policies.serving(request.user, run.source_key).first()
    if tree and tree.digest not in seen:
        seen.add(tree.digest)
        yield Choice(value=CURRENT, digest=tree.digest, label=f"{tree}, current", newer=True)
    rows = policies.results(request.user).filter(job_model=run.job_model, job_model__isnull=False)
    for each in rows.order_by("-date_created").defer("result", "traceback")[:LOOKED_AT]:
        if each.source_digest not in seen and len(seen) < MOST_VERSIONS:
            seen.add(each.source_digest)
            yield Choice(
                value=str(each.pk),
                digest=each.source_digest,
                label=each.source_label or each.source_digest[:12],
                newer=each.date_created > run.date_created,
            )


def _chosen(said: str, choices: list[Choice]) -> Choice | None:
    """The version that the address names; NotFound for one that is not offered."""
    if not said:
        return choices[0] if choices else None
    found = [each for each in choices if each.value == said]
    if not found:
        raise NotFound
    return found[0]


def _shown(request: HttpRequest, run: JobResult, other: Choice | None) -> dict[str, Any]:
    """Files and changes, or why they cannot be shown."""
    try:
        root = trees.ensure(_kept(request, run.source_digest))
    except CodeMissing:
        return {"missing": True}
    context: dict[str, Any] = {"files": changes.files_of(root)}
    path = request.GET.get("file", "")
    if path:
        return context | {"path": path, "text": _text(root, path)}
    return context | (_compared(request, root, other) if other else {})


def _text(root: Path, path: str) -> str:
    text = changes.text_of(root, path)
    if text is None:
        raise NotFound
    return text


def _compared(request: HttpRequest, root: Path, other: Choice) -> dict[str, Any]:
    try:
        than = trees.ensure(_kept(request, other.digest))
    except CodeMissing:
        return {"other_missing": True}
    both = (root, than) if other.newer else (than, root)
    found = list(islice(changes.changes_between(*both), MOST_FILES + 1))
    return {"changes": found[:MOST_FILES], "more": len(found) > MOST_FILES}


def _kept(request: HttpRequest, digest: str) -> str:
    """The digest, where its version is kept and in reach; raises CodeMissing."""
    rows = policies.viewable(SourceTree, request.user)
    if not rows.filter(pk=digest, archive__isnull=False).exists():
        raise CodeMissing
    return digest
