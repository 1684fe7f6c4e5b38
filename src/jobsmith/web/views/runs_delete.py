"""Delete runs that have ended, one or many."""

from collections.abc import Sequence
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from jobsmith import policies
from jobsmith.actions.delete_result import delete_result
from jobsmith.errors import StillRunning
from jobsmith.models import JobResult

from ..chosen import chosen_keys
from ..page import page, show


@page
def run_delete(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Delete one run."""
    policies.require(request.user, "delete", JobResult)
    run = policies.find(policies.results(request.user, "delete"), pk=pk)
    return _ask_or_delete(request, [run])


@page
def runs_delete(request: HttpRequest) -> HttpResponseBase:
    """Delete the runs that ``pk`` names; what is out of reach is left out."""
    policies.require(request.user, "delete", JobResult)
    rows = policies.results(request.user, "delete").filter(pk__in=chosen_keys(request))
    return _ask_or_delete(request, list(rows.order_by("-date_created")))


def _ask_or_delete(request: HttpRequest, chosen: Sequence[JobResult]) -> HttpResponseBase:
    """Runs that go on are named and stay."""
    runs = [run for run in chosen if run.is_final]
    alive = [run for run in chosen if not run.is_final]
    if request.method != "POST":
        return show(request, "runs/delete.html", {"runs": runs, "alive": alive}, current="runs")
    if not runs and alive:
        raise StillRunning
    for run in runs:
        delete_result(run, user=request.user)
    said = f"{len(runs)} runs deleted." if len(runs) != 1 else "Run deleted."
    messages.success(request, said, fail_silently=True)
    return redirect("jobsmith:runs")
