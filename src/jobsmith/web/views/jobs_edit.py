"""Edit many jobs at once."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from jobsmith import policies
from jobsmith.actions.override_job import edit_job
from jobsmith.actions.transactions import changes
from jobsmith.errors import InputsRefused
from jobsmith.models import Job, Tag

from ..chosen import chosen_keys
from ..forms import dress
from ..jobs_edit_form import JobsEditForm
from ..page import page, show


@page
def jobs_edit(request: HttpRequest) -> HttpResponseBase:
    """Change the jobs that ``pk`` names, all or none; what is out of reach is left out."""
    user = request.user
    policies.require(user, "change", Job)
    rows = policies.jobs(user, "change").filter(pk__in=chosen_keys(request)).order_by("name")
    jobs = list(rows.prefetch_related("tags"))
    data = request.POST if request.method == "POST" else None
    queues, tags = policies.queues(user), policies.viewable(Tag, user)
    form = JobsEditForm(data, queues=queues, tags=tags)
    if jobs and form.is_bound and form.is_valid() and _saved(request, jobs, form):
        said = f"{len(jobs)} jobs saved." if len(jobs) > 1 else "Job saved."
        messages.success(request, said, fail_silently=True)
        return redirect("jobsmith:index")
    return _show(request, jobs, form)


def _saved(request: HttpRequest, jobs: Sequence[Job], form: JobsEditForm) -> bool:
    """Whether all jobs took it; else each refusal is in the form, with the job that it is about."""
    try:
        with changes():
            for job in jobs:
                _save(request, job, form)
    except InputsRefused as error:
        for name, sentences in error.errors.items():
            form.add_error(name if name in form.fields else None, sentences)
        return False
    return True


def _save(request: HttpRequest, job: Job, form: JobsEditForm) -> None:
    try:
        edit_job(job, user=request.user, values=form.values_for(job), overrides=form.overrides)
    except InputsRefused as error:
        named = {key: [f"{job}: {each}" for each in said] for key, said in error.errors.items()}
        raise InputsRefused(named) from error


def _show(request: HttpRequest, jobs: Sequence[Job], form: JobsEditForm) -> HttpResponse:
    dress(form)
    context: dict[str, Any] = {"jobs": jobs, "form": form, "rows": form.rows, "plain": form.plain}
    status = 400 if form.is_bound and jobs else 200
    return show(request, "jobs/bulk.html", context, current="jobs", status=status)
