"""Addresses of pages that people coming from elsewhere have in their bookmarks and scripts."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse

from jobsmith import policies
from jobsmith.errors import NotFound
from jobsmith.models import Job

from ..page import page

RENAMED = {"kwargs_from_job_result": "from"}
"""What is called otherwise in our query strings."""


def _to(name: str, **asked: str) -> Any:
    """A view that leads to one of our pages, with the same key and the same query string."""

    @page
    def leads(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        return _redirect(request, reverse(f"jobsmith:{name}", kwargs=kwargs), asked)

    return leads


def _redirect(request: HttpRequest, address: str, asked: dict[str, str]) -> HttpResponse:
    query = request.GET.copy()
    for theirs, ours in RENAMED.items():
        if theirs in query:
            query.setlist(ours, query.pop(theirs))
    for key, value in asked.items():
        query[key] = value
    return redirect(f"{address}?{query.urlencode()}" if query else address)


@page
def job_by_class(request: HttpRequest, class_path: str) -> HttpResponse:
    """The form of a job that is named by its class."""
    policies.require(request.user, "run", Job)
    module, _, name = class_path.rpartition(".")
    if not module:
        raise NotFound
    rows = policies.jobs(request.user, "run")
    job: Job = policies.find(rows, module_name=module, job_class_name=name)
    return _redirect(request, reverse("jobsmith:job_run", args=[job.pk]), {})


def _records(prefix: str, name: str, list_name: str) -> list[URLPattern]:
    """List, add, show, edit and delete; ours shows and edits on one page."""
    return [
        path(f"{prefix}/", _to(list_name)),
        path(f"{prefix}/add/", _to(f"{name}_add")),
        path(f"{prefix}/<uuid:pk>/", _to(name)),
        path(f"{prefix}/<uuid:pk>/edit/", _to(name)),
        path(f"{prefix}/<uuid:pk>/delete/", _to(f"{name}_delete")),
    ]


urlpatterns = [
    path("jobs/", _to("index")),
    path("jobs/edit/", _to("jobs_edit")),
    path("jobs/delete/", _to("jobs_delete")),
    path("jobs/<uuid:pk>/", _to("job")),
    path("jobs/<uuid:pk>/edit/", _to("job_edit")),
    path("jobs/<uuid:pk>/delete/", _to("job_delete")),
    path("jobs/<uuid:pk>/run/", _to("job_run")),
    path("jobs/<str:class_path>/run/", job_by_class),
    path("job-results/", _to("runs")),
    path("job-results/delete/", _to("runs_delete")),
    path("job-results/<uuid:pk>/", _to("run")),
    path("job-results/<uuid:pk>/delete/", _to("run_delete")),
    path("job-results/<uuid:pk>/log-table/", _to("run", tab="log")),
    path("job-results/<uuid:pk>/job-console-entries/", _to("run", tab="console")),
    path("job-results/<uuid:pk>/export-job-console-entries/", _to("run_console_download")),
    path("scheduled-jobs/", _to("schedules")),
    path("scheduled-jobs/<uuid:pk>/", _to("schedule")),
    path("scheduled-jobs/<uuid:pk>/delete/", _to("schedule_delete")),
    path("approver-dashboard/", _to("approvals", show="waiting")),
    path("approvee-dashboard/", _to("approvals", show="asked")),
    path("approval-workflows/", _to("approvals", show="all")),
    path("approval-workflows/<uuid:pk>/", _to("approval")),
    path("object-changes/", _to("changes")),
    path("object-changes/<uuid:pk>/", _to("change")),
    *_records("approval-workflow-definitions", "approval_definition", "approval_definitions"),
    *_records("approval-workflow-stage-definitions", "approval_stage", "approval_stages"),
    *_records("job-queues", "queue", "queues"),
    *_records("job-buttons", "button", "buttons"),
    *_records("job-hooks", "hook", "hooks"),
    *_records("tags", "tag", "tags"),
    *_records("graphql-queries", "query", "queries"),
]
