"""Keep uploaded files before the run that needs them is recorded."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress

from django.core.files.base import File
from django.db import DatabaseError

from jobsmith.conf import conf
from jobsmith.errors import InputsRefused
from jobsmith.models import JobFile
from jobsmith.policies import Actor


def store_files(files: "Mapping[str, File[bytes]]", *, user: Actor) -> dict[str, JobFile]:
    """Write the contents to storage and return unsaved rows by variable name.

    The write happens outside any transaction: a large upload must not hold the database.
    Raises InputsRefused for a file over ``MAX_FILE_BYTES``.
    """
    _refuse_large(files)
    stored: dict[str, JobFile] = {}
    try:
        for name, upload in files.items():
            stored[name] = _store(upload, user)
    except BaseException:
        discard_files(stored.values())
        raise
    return stored


def discard_files(files: Iterable[JobFile]) -> None:
    """Take the contents out of storage; the rows were never saved, or are gone."""
    for file in files:
        file.file.delete(save=False)


def discard_unrecorded(files: Collection[JobFile]) -> None:
    """The same after a failure, but for rows that were committed though the answer was lost.

    While the database cannot tell, all are kept: a run must not lack what it was accepted with.
    """
    with suppress(DatabaseError):
        rows = JobFile.objects.filter(pk__in=[each.pk for each in files])
        recorded = set(rows.values_list("pk", flat=True)) if files else set()
        discard_files(each for each in files if each.pk not in recorded)


def _refuse_large(files: "Mapping[str, File[bytes]]") -> None:
    limit = conf().max_file_bytes
    errors = {
        name: [f"The file is larger than {limit:,} bytes. Send a smaller one."]
        for name, upload in files.items()
        if upload.size > limit
    }
    if errors:
        raise InputsRefused(errors)


def _store(upload: "File[bytes]", user: Actor) -> JobFile:
    row = JobFile(
        name=(upload.name or "file")[-255:],
        size=upload.size,
        content_type=(getattr(upload, "content_type", "") or "")[:100],
        kind=JobFile.Kind.INPUT,
        sha256=_digest(upload),
        user_id=user.pk,
    )
    row.file.save(row.name, upload, save=False)
    return row


def _digest(upload: "File[bytes]") -> str:
    found = hashlib.sha256()
    for chunk in upload.chunks():
        found.update(chunk)
    upload.seek(0)
    return found.hexdigest()
