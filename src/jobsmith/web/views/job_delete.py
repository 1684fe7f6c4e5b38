"""Delete jobs, one or many, once it was said what goes and what stays."""

from collections.abc import Sequence
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from jobsmith import policies
from jobsmith.actions.delete_job import delete_job
from jobsmith.actions.transactions import changes
from jobsmith.models import Job, ScheduledJob

from ..chosen import chosen_keys
from ..page import page, show


@page
def job_delete(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Delete one job."""
    policies.require(request.user, "delete", Job)
    job = policies.find(policies.jobs(request.user, "delete"), pk=pk)
    return _ask_or_delete(request, [job])


@page
def jobs_delete(request: HttpRequest) -> HttpResponseBase:
    """Delete the jobs that ``pk`` names, all or none; what is out of reach is left out."""
    policies.require(request.user, "delete", Job)
    rows = policies.jobs(request.user, "delete").filter(pk__in=chosen_keys(request))
    return _ask_or_delete(request, list(rows.order_by("name")))


def _ask_or_delete(request: HttpRequest, jobs: Sequence[Job]) -> HttpResponseBase:
    if request.method != "POST" or not jobs:
        return _ask(request, jobs)
    with changes():
        for job in jobs:
            delete_job(job, user=request.user)
    said = f"{len(jobs)} jobs deleted." if len(jobs) > 1 else "Job deleted."
    messages.success(request, said, fail_silently=True)
    return redirect("jobsmith:index")


def _ask(request: HttpRequest, jobs: Sequence[Job]) -> HttpResponse:
    user = request.user
    runs = policies.results(user).filter(job_model__in=jobs)
    schedules = policies.viewable(ScheduledJob, user).filter(job_model__in=jobs)
    context = {
        "jobs": jobs,
        "installed": any(job.installed for job in jobs),
        "runs": runs.count() if jobs else 0,
        "schedules": list(schedules.order_by("name").values_list("name", flat=True)[:20]),
    }
    return show(request, "jobs/delete.html", context, current="jobs")
