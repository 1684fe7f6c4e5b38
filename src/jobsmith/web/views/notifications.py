"""What the viewer was told."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from jobsmith import policies
from jobsmith.actions.notifications import mark_read
from jobsmith.models import NotificationRule

from ..page import page, show
from ..paging import paged

SIZE = 50


@page
def notification_list(request: HttpRequest) -> HttpResponse:
    """Newest first; ``?show=unread`` only those that are new."""
    rows = policies.notifications(request.user).order_by("-id")
    only_unread = request.GET.get("show") == "unread"
    if only_unread:
        rows = rows.filter(read_at=None)
    context = {
        "page": paged(request, rows, size=SIZE),
        "only_unread": only_unread,
        "may_add": policies.allowed(request.user, "add", NotificationRule),
    }
    return show(request, "notifications/list.html", context, current="notifications")


@page
@require_POST
def notification_read(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Mark one as read, and go to what it is about."""
    row = policies.find(policies.notifications(request.user), pk=pk)
    mark_read(user=request.user, keys=[row.pk])
    return redirect(row.event.facts.get("page") or "jobsmith:notifications")


@page
@require_POST
def notifications_read(request: HttpRequest) -> HttpResponseBase:
    """Mark all as read."""
    mark_read(user=request.user)
    return redirect("jobsmith:notifications")
