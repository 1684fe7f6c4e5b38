"""The page that has a schedule run in another name."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from jobsmith import policies
from jobsmith.actions.edit_schedule import runnable_job
from jobsmith.actions.transfer_schedule import may_transfer, receiver, transfer_schedule
from jobsmith.errors import JobsmithError
from jobsmith.models import Job, ScheduledJob

from ..asked import to_request
from ..forms import dress
from ..page import page, show

ONESELF = "You may only take it over."


class TransferForm(forms.Form):
    """In whose name it shall run."""

    user = forms.CharField(
        label="Runs as",
        max_length=255,
        help_text="The name of a user who may run the job.",
        widget=forms.TextInput(attrs={"class": "jsm-in", "autocomplete": "off"}),
    )


@page
def schedule_transfer(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Ask for the new owner; or hand it over to who was named."""
    user = request.user
    policies.require(user, "change", ScheduledJob)
    policies.require(user, "run", Job)
    row = policies.find(policies.scoped(ScheduledJob, user, "change"), pk=pk)
    runnable_job(row, user)
    if request.method != "POST":
        return _show(request, row, TransferForm(initial={"user": user.get_username()}))
    form = TransferForm({"user": request.POST.get("user") or user.get_username()})
    if not form.is_valid():
        return _show(request, row, form, status=400)
    try:
        to = receiver(form.cleaned_data["user"], user=user)
        saved = transfer_schedule(row, user=user, to=to)
    except JobsmithError as error:
        form.add_error("user", str(error))
        return _show(request, row, form, status=error.status)
    if saved.state == ScheduledJob.State.PENDING:
        return to_request(request, saved)
    messages.success(request, f"It runs as {to.get_username()}.", fail_silently=True)
    seen = policies.viewable(ScheduledJob, user).filter(pk=saved.pk).exists()
    return redirect("jobsmith:schedule", pk=saved.pk) if seen else redirect("jobsmith:schedules")


def _show(
    request: HttpRequest, row: ScheduledJob, form: TransferForm, status: int = 200
) -> HttpResponse:
    if not may_transfer(row, request.user):
        field = form.fields["user"]
        field.widget.attrs["readonly"] = True
        field.help_text = ONESELF
    context = {"row": row, "job": row.job_model, "form": dress(form)}
    return show(request, "schedules/transfer.html", context, current="schedules", status=status)
