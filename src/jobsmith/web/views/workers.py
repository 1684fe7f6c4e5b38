"""Draining workers, from the pages of their queues."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from jobsmith import policies
from jobsmith.actions.drain_worker import drain_worker, resume_worker
from jobsmith.errors import WorkerGone
from jobsmith.models import Worker

from ..page import page


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
    queue = policies.queues(request.user).filter(name__in=row.queues).order_by("name").first()
    return redirect("jobsmith:queue", pk=queue.pk) if queue else redirect("jobsmith:queues")
