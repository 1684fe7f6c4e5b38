"""Where people go who asked for something that waits for approval."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from jobsmith import policies
from jobsmith.models import ApprovalWorkflow, Job, JobResult, ScheduledJob
from jobsmith.policies import Actor

WAITS = "It waits for approval, and runs once that is given."


def began(name: str, result: JobResult) -> str:
    """What to say of a new run; one that has ended already was skipped by the job's limit."""
    if result.is_final:
        return f"{name} was not started: {result.cause_detail}"
    return f"{name} was started."


def request_seen(user: Actor, schedule: ScheduledJob) -> ApprovalWorkflow | None:
    """The newest request for approval of a schedule, where the user may see it."""
    rows = policies.requests(user).filter(scheduled_job=schedule)
    return rows.order_by("-created").first()


def to_request(request: HttpRequest, schedule: ScheduledJob) -> HttpResponse:
    """To the page of the request, or where the viewer came from where they may not see it."""
    user = request.user
    messages.success(request, WAITS, fail_silently=True)
    if found := request_seen(user, schedule):
        return redirect(found)
    job = schedule.job_model
    if job is not None and policies.allowed(user, "run", Job):
        return redirect("jobsmith:job_run", pk=job.pk)
    return redirect("jobsmith:index")
