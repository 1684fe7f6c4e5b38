"""Write runs to files before they are deleted."""

import gzip
import json
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, QuerySet
from django.utils import timezone

from jobsmith.audit import snapshot
from jobsmith.conf import conf
from jobsmith.models import JobConsoleEntry, JobFile, JobLogEntry, JobResult


def archive_results(results: QuerySet[JobResult]) -> Path | None:
    """Add the runs to the archive, with their lines and files; returns the file, or None.

    One gzipped file of JSON lines, each ``{"record": "run" | "log" | "console" | "file", …}``, in a
    folder of the month; contents of files lie beside it, by id. Secret inputs are left out. It is
    on the disk when this returns. Raises OSError.
    """
    root = conf().archive_root
    if root is None or not results.exists():
        return None
    now = timezone.now()
    folder = root / f"{now:%Y-%m}"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"runs-{now:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}.jsonl.gz"
    draft = target.with_suffix(".draft")
    with draft.open("wb") as raw:
        with gzip.open(raw, "wt", encoding="utf-8") as lines:
            _write(lines, _told(results, folder))
        _to_disk(raw)
    draft.rename(target)
    return target


def _told(results: QuerySet[JobResult], folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for run in results.iterator(chunk_size=50):
        yield "run", snapshot(run)
        yield from (("log", each) for each in _lines(JobLogEntry, run))
        yield from (("console", each) for each in _lines(JobConsoleEntry, run))
        for file in JobFile.objects.filter(job_result=run):
            _copy(file, folder)
            yield "file", snapshot(file)


def _lines(model: type[Model], run: JobResult) -> Iterable[dict[str, Any]]:
    rows = model._default_manager.filter(job_result=run).order_by("seq")
    return rows.values().iterator(chunk_size=2000)


def _write(lines: IO[str], told: Iterable[tuple[str, dict[str, Any]]]) -> None:
    for record, values in told:
        lines.write(json.dumps({"record": record, **values}, cls=DjangoJSONEncoder) + "\n")


def _copy(file: JobFile, folder: Path) -> None:
    """What is no longer in storage cannot be kept, and must not keep the run for ever."""
    if not file.file.name or not file.file.storage.exists(file.file.name):
        return
    target = folder / "files" / file.pk.hex
    target.parent.mkdir(exist_ok=True)
    with file.file.open("rb") as source, target.open("wb") as copy:
        shutil.copyfileobj(source, copy)
        _to_disk(copy)


def _to_disk(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())
