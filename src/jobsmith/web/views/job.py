"""The page of one job."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse

from jobsmith import policies
from jobsmith.actions.run_form import spec_of
from jobsmith.catalog.sync import JOB_MISSING
from jobsmith.isolation import LABELS
from jobsmith.models import Job, ObjectPermission, Source, SourceProblem, Tag
from jobsmith.policies import Actor
from jobsmith.sources.sandboxes import level_of

from ..entries import entries, listed
from ..notes import notes_of
from ..page import page, show
from ..trail import history_of

RUNS_SHOWN = 15


@page
def job_detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What the job is, what it takes, and its last runs."""
    user = request.user
    policies.require(user, "view", Job)
    rows = listed(policies.jobs(user).select_related("default_job_queue"), user)
    job = policies.find(rows, pk=pk)
    runs = policies.results(user).filter(job_model=job).select_related("user")
    source: Source | None = policies.origins(user, job.source_key).first()
    context = {
        "job": job,
        "entry": entries([job], user)[0],
        "spec": spec_of(job) if job.declared else None,
        "runs": runs.order_by("-date_created")[:RUNS_SHOWN],
        "source": source,
        "isolation": LABELS[level_of(job.source_key)],
        "problem": _problem(user, job),
        "may_change": policies.jobs(user, "change").filter(pk=pk).exists(),
        "may_delete": policies.jobs(user, "delete").filter(pk=pk).exists(),
        "may_grant": policies.allowed(user, "add", ObjectPermission),
        "tags": policies.viewable(Tag, user).filter(jobs=job),
        "history": history_of(job, user),
        "notes": notes_of(job, user),
    }
    return show(request, "jobs/detail.html", context, current="jobs")


def _problem(user: Actor, job: Job) -> SourceProblem | None:
    """Why the job's file could not be loaded."""
    if job.installed:
        return None
    found = policies.problems_of_file(user, job).filter(severity="error")
    return found.exclude(code=JOB_MISSING).first()
