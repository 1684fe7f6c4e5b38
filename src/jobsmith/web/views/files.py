"""Files of runs, always as downloads."""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase

from jobsmith import policies
from jobsmith.models import JobFile
from jobsmith.streams.downloads import stored_file

from ..page import page
from .run import require_runs


@page
def run_file(request: HttpRequest, pk: UUID, file: UUID) -> HttpResponseBase:
    """One file of a run."""
    require_runs(request, JobFile)
    found = policies.find(policies.files(request.user), pk=file, job_result_id=pk)
    return stored_file(request, found)
