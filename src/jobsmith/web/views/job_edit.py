"""Edit a job: hold a field against its source, or let it follow again."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from jobsmith import policies
from jobsmith.actions.override_job import edit_job
from jobsmith.errors import ChangedMeanwhile, InputsRefused
from jobsmith.models import KEEPING_FIELDS, OVERRIDABLE_FIELDS, Job, Tag

from ..forms import dress, refused
from ..job_edit_form import JobEditForm
from ..page import page, show


@page
def job_edit(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Every field that follows the source: what is declared, and what is in force."""
    policies.require(request.user, "change", Job)
    job = policies.find(policies.jobs(request.user, "change"), pk=pk)
    queues, tags = policies.queues(request.user), policies.viewable(Tag, request.user)
    if request.method != "POST":
        return _show(request, job, JobEditForm(job=job, queues=queues, tags=tags))
    form = JobEditForm(request.POST, job=job, queues=queues, tags=tags)
    if form.is_valid():
        try:
            job = _save(request, job, form)
        except InputsRefused as error:
            refused(form, error)
        except ChangedMeanwhile as error:
            form.overtaken(error)
            return _show(request, job, form, status=error.status)
        else:
            messages.success(request, "Saved.", fail_silently=True)
            return redirect(job)
    return _show(request, job, form, status=400)


def _save(request: HttpRequest, job: Job, form: JobEditForm) -> Job:
    values, overrides = form.values, form.overrides
    return edit_job(job, user=request.user, values=values, overrides=overrides, seen=form.seen())


def _show(request: HttpRequest, job: Job, form: JobEditForm, status: int = 200) -> HttpResponse:
    dress(form)
    rows = [_row(form, name) for name in OVERRIDABLE_FIELDS]
    plain = {name: form[name] for name in ("enabled", "tags")}
    keeping = [form[name] for name in KEEPING_FIELDS]
    context = {"job": job, "form": form, "rows": rows, "keeping": keeping, **plain}
    return show(request, "jobs/edit.html", context, current="jobs", status=status)


def _row(form: JobEditForm, name: str) -> dict[str, Any]:
    return {
        "bound": form[name],
        "held": form[f"{name}_override"],
        "declared": form.declared(name),
    }
