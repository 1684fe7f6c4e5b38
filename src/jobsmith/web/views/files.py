"""Files of runs, always as downloads."""

from collections.abc import Iterator
from typing import IO
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase

from jobsmith import policies
from jobsmith.errors import NotFound
from jobsmith.models import JobFile

from ..downloads import download
from ..page import page
from .run import require_runs

PIECE = 256 * 1024


@page
def run_file(request: HttpRequest, pk: UUID, file: UUID) -> HttpResponseBase:
    """One file of a run."""
    require_runs(request, JobFile)
    found = policies.find(policies.files(request.user), pk=file, job_result_id=pk)
    try:
        content = found.file.open("rb")
    except OSError as error:
        raise NotFound("The file is no longer in storage.") from error
    return download(request, _pieces(content), name=found.name, size=found.file.size)


def _pieces(content: IO[bytes]) -> Iterator[bytes]:
    with content:
        while piece := content.read(PIECE):
            yield piece
