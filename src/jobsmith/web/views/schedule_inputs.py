"""The form that changes what a schedule runs with."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from jobsmith import policies
from jobsmith.actions.edit_schedule import edit_schedule, runnable_job, with_sealed
from jobsmith.actions.priority import HIGHEST, LOWEST, USUAL, may_come_first, read_priority
from jobsmith.actions.run_form import run_form
from jobsmith.actions.stale import Seen, digest_of
from jobsmith.errors import InputsRefused, JobsmithError
from jobsmith.inputs.form import RunForm
from jobsmith.models import Job, ScheduledJob

from ..asked import to_request
from ..forms import dress, refused
from ..page import page, show

SEEN = ("kwargs", "sealed_kwargs", "priority")


@page
def schedule_inputs(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Show the form, filled with what is not sealed; or save what was sent."""
    user = request.user
    policies.require(user, "change", ScheduledJob)
    policies.require(user, "run", Job)
    row = policies.find(policies.scoped(ScheduledJob, user, "change"), pk=pk)
    job = runnable_job(row, user)
    if request.method != "POST":
        return _show(request, row, run_form(job, user=user, initial=row.kwargs))
    form = run_form(job, user=user, data=with_sealed(row, request.POST), files=request.FILES)
    if not form.is_valid():
        return _show(request, row, form, status=400)
    try:
        saved = edit_schedule(
            row,
            user=user,
            inputs=form.clean_inputs,
            priority=read_priority(request.POST.get("_priority")),
            seen=Seen(SEEN, request.POST.get("_seen", "")),
        )
    except InputsRefused as error:
        refused(form, error)
        return _show(request, row, form, status=400)
    except JobsmithError as error:
        form.add_error(None, str(error))
        return _show(request, row, form, status=error.status)
    if saved.state == ScheduledJob.State.PENDING:
        return to_request(request, saved)
    messages.success(request, "Saved.", fail_silently=True)
    return _back(request, saved)


def _back(request: HttpRequest, row: ScheduledJob) -> HttpResponseBase:
    seen = policies.viewable(ScheduledJob, request.user).filter(pk=row.pk).exists()
    return redirect("jobsmith:schedule" if seen else "jobsmith:schedule_inputs", pk=row.pk)


def _show(
    request: HttpRequest, row: ScheduledJob, form: RunForm, status: int = 200
) -> HttpResponse:
    job = row.job_model
    context = {
        "row": row,
        "job": job,
        "form": dress(form),
        "seen": request.POST.get("_seen") or digest_of(row, SEEN),
        "priority": request.POST.get("_priority", row.priority),
        "lowest": LOWEST,
        "highest": HIGHEST if job and may_come_first(job, request.user) else USUAL,
    }
    return show(request, "schedules/inputs.html", context, current="schedules", status=status)
