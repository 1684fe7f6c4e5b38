"""Workers: which live, what they do, and why others ended."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from jobsmith import __version__, policies
from jobsmith.actions.drain_worker import drain_worker, resume_worker
from jobsmith.errors import WorkerGone
from jobsmith.filters.queues_told import Busy, runs_of_workers, with_ended
from jobsmith.models import Worker

from ..page import page, show

RUNS_SHOWN = 5


@page
def worker_list(request: HttpRequest) -> HttpResponse:
    """Those that live, and those that ended lately."""
    user = request.user
    seen = set(policies.queues(user).values_list("name", flat=True))
    runs = runs_of_workers(user)

    def shown(each: Busy) -> dict[str, Any]:
        return {
            "worker": each.worker,
            "busy": each.busy,
            "queues": [name for name in each.worker.queues if name in seen],
            "runs": runs.get(each.worker.pk, [])[:RUNS_SHOWN],
            "differs": each.worker.version != __version__,
        }

    found = with_ended(user)
    context = {
        "living": [shown(each) for each in found if each.worker.is_alive],
        "ended": [shown(each) for each in found if not each.worker.is_alive],
        "may_drain": policies.allowed(user, "change", Worker),
        "version": __version__,
    }
    return show(request, "workers/list.html", context, current="workers")


@page
@require_POST
def worker_drain(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Have it take nothing more."""
    return _put(request, pk, drain_worker, "takes no more runs; those it has go on.")


@page
@require_POST
def worker_resume(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Have it take runs again."""
    return _put(request, pk, resume_worker, "takes runs again.")


def _put(
    request: HttpRequest, pk: UUID, verb: Callable[..., Worker], said: str
) -> HttpResponseBase:
    policies.require(request.user, "change", Worker)
    row = policies.find(policies.scoped(Worker, request.user, "change"), pk=pk)
    try:
        verb(row, user=request.user)
        messages.success(request, f"{row.name} {said}", fail_silently=True)
    except WorkerGone as error:
        messages.error(request, str(error), fail_silently=True)
    if request.POST.get("from") == "workers":
        return redirect("jobsmith:workers")
    queue = policies.queues(request.user).filter(name__in=row.queues).order_by("name").first()
    return redirect("jobsmith:queue", pk=queue.pk) if queue else redirect("jobsmith:queues")
