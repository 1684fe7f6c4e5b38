"""Requests for approval: what waits for whom, and the page on which one is decided."""

from collections.abc import Callable
from itertools import islice
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from jobsmith import policies
from jobsmith.actions.cancel_approval import cancel_approval
from jobsmith.actions.decide_approval import approve_stage, comment_stage, deny_stage
from jobsmith.actions.start_approved import start_dry_run
from jobsmith.approving import awaiting, has_dry_run, is_approver, withdrawable
from jobsmith.errors import (
    AlreadyDecided,
    CannotStart,
    CodeMissing,
    InputsRefused,
    JobsmithError,
    RequestChanged,
)
from jobsmith.models import (
    ApprovalState,
    ApprovalWorkflow,
    ApprovalWorkflowStage,
    JobQueue,
    SourceTree,
)
from jobsmith.policies import Actor
from jobsmith.sources import changes, trees

from ..about_shown import about_shown
from ..inputs_shown import Shown, schedule_inputs_shown
from ..page import page, show
from ..paging import paged

SIZE = 50
MOST_FILES = 100
RUNS_SHOWN = 5
SHOWN = {"waiting": "To approve", "asked": "My requests", "all": "All"}
SAID = (InputsRefused, AlreadyDecided, CannotStart, RequestChanged)
"""Refusals that leave the request there to be looked at."""


@page
def approval_list(request: HttpRequest) -> HttpResponse:
    """What waits for the viewer, what they asked for, or all in reach."""
    user = request.user
    waiting = awaiting(user).values("approval_workflow")
    rows = policies.requests(user).select_related("job_model")
    asked = request.GET.get("show", "")
    place = asked if asked in SHOWN else "waiting" if rows.filter(pk__in=waiting) else "asked"
    mine = policies.own_requests(user)
    chosen = {"waiting": rows.filter(pk__in=waiting), "asked": rows.filter(mine), "all": rows}
    found = paged(request, chosen[place].order_by("-created"), size=SIZE)
    jobs = policies.jobs(user).in_bulk([each.job_model_id for each in found.rows])
    context = {
        "page": found,
        "entries": [{"row": row, "job": jobs.get(row.job_model_id)} for row in found.rows],
        "place": place,
        "places": SHOWN,
        "count": awaiting(user).count(),
    }
    return show(request, "approvals/list.html", context, current="approvals")


@page
def approval_detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One request: what was asked for, who said what, and what may be done about it."""
    workflow = _find(request, pk)
    return show(request, "approvals/detail.html", _context(request, workflow), current="approvals")


def _find(request: HttpRequest, pk: UUID) -> ApprovalWorkflow:
    rows = policies.requests(request.user).select_related(
        "scheduled_job__user", "job_model", "user"
    )
    return policies.find(rows, pk=pk)


def _context(request: HttpRequest, workflow: ApprovalWorkflow) -> dict[str, Any]:
    user, schedule = request.user, workflow.scheduled_job
    runs = policies.results(user).filter(approval=workflow).order_by("-date_created")
    mine = awaiting(user).filter(approval_workflow=workflow).first()
    stages = _stages(workflow, user)
    return {
        "row": workflow,
        "schedule": schedule,
        "job": policies.jobs(user).filter(approval_workflows=workflow).first(),
        "queue": policies.viewable(JobQueue, user).filter(scheduled_jobs=schedule).first(),
        "stages": stages,
        "waits_for": _waits_for(workflow, stages),
        "mine": mine,
        "comments": _commentable(workflow, user, mine),
        "may_cancel": workflow.is_pending and withdrawable(user).filter(pk=workflow.pk).exists(),
        "may_try": _may_try(workflow, user),
        "about": about_shown(workflow.frozen.get("about", {}), user=user),
        "inputs": _inputs(workflow, user),
        "runs": runs[:RUNS_SHOWN],
        "tabs": (),
        **_code(workflow, user),
    }


def _stages(workflow: ApprovalWorkflow, user: Actor) -> list[dict[str, Any]]:
    """Stages with what was said, for whoever may see the request."""
    rows = workflow.approval_workflow_stages.select_related("approver_group").order_by("sequence")
    rows = rows.prefetch_related("approval_workflow_stage_responses")
    return [
        {"row": each, "said": list(each.approval_workflow_stage_responses.all())} for each in rows
    ]


def _waits_for(
    workflow: ApprovalWorkflow, stages: list[dict[str, Any]]
) -> ApprovalWorkflowStage | None:
    """The stage that comes next."""
    rows = (each["row"] for each in stages if each["row"].state == ApprovalState.PENDING)
    return next(rows, None) if workflow.is_pending else None


def _commentable(
    workflow: ApprovalWorkflow, user: Actor, mine: ApprovalWorkflowStage | None
) -> ApprovalWorkflowStage | None:
    """The stage that the viewer may say something on."""
    rows = policies.scoped(ApprovalWorkflowStage, user, "change").filter(approval_workflow=workflow)
    waiting = rows.filter(state=ApprovalState.PENDING).order_by("sequence").first()
    return mine or (waiting if workflow.is_pending else None)


def _may_try(workflow: ApprovalWorkflow, user: Actor) -> bool:
    job = workflow.job_model
    if not workflow.is_pending or job is None or not job.runnable:
        return False
    if not has_dry_run(workflow.source_digest, workflow.frozen.get("class_path", "")):
        return False
    stages = workflow.approval_workflow_stages.filter(state=ApprovalState.PENDING)
    return any(is_approver(each, user) for each in stages)


def _inputs(workflow: ApprovalWorkflow, user: Actor) -> list[Shown]:
    """By the version of the code that is to be approved."""
    schedule, path = workflow.scheduled_job, workflow.frozen.get("class_path", "")
    if schedule is None:
        return []
    digest = workflow.source_digest
    return schedule_inputs_shown(schedule, user=user, class_path=path, digest=digest)


def _code(workflow: ApprovalWorkflow, user: Actor) -> dict[str, Any]:
    """What changed in the code since a run of the job was last approved."""
    if not workflow.source_digest or not policies.allowed(user, "view", SourceTree):
        return {}
    earlier = (
        policies.requests(user)
        .filter(job_model=workflow.job_model, current_state=ApprovalState.APPROVED)
        .exclude(source_digest__in=("", workflow.source_digest))
        .exclude(pk=workflow.pk)
        .order_by("-decision_date")
        .first()
    )
    if earlier is None:
        return {"compared": "No other version of this code was approved before."}
    try:
        than = trees.ensure(_kept(earlier.source_digest, user))
        root = trees.ensure(_kept(workflow.source_digest, user))
    except CodeMissing:
        return {"compared": "One of the versions is no longer kept."}
    found = list(islice(changes.changes_between(than, root), MOST_FILES + 1))
    return {"changes": found[:MOST_FILES], "earlier": earlier}


def _kept(digest: str, user: Actor) -> str:
    rows = policies.viewable(SourceTree, user)
    if not rows.filter(pk=digest, archive__isnull=False).exists():
        raise CodeMissing
    return digest


# What may be done


@page
@require_POST
def approval_approve(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Approve a stage."""
    seen = request.POST.get("digest", "")
    return _decide(request, pk, approve_stage, "Approved.", seen=seen)


@page
@require_POST
def approval_deny(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Deny a stage."""
    return _decide(request, pk, deny_stage, "Denied. It will not run.")


@page
@require_POST
def approval_comment(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Say something on a stage."""
    return _decide(request, pk, comment_stage, "Said.")


def _decide(
    request: HttpRequest, pk: UUID, act: Callable[..., Any], told: str, **more: str
) -> HttpResponse:
    user = request.user
    policies.require(user, "change", ApprovalWorkflowStage)
    rows: QuerySet[ApprovalWorkflowStage] = policies.scoped(ApprovalWorkflowStage, user, "change")
    stage = policies.find(rows.select_related("approval_workflow"), pk=pk)
    comments = request.POST.get("comments", "").strip()
    try:
        act(stage, user=user, comments=comments, **more)
        messages.success(request, told, fail_silently=True)
    except SAID as error:
        messages.error(request, _sentence(error), fail_silently=True)
    return _back(request, stage.approval_workflow)


@page
@require_POST
def approval_cancel(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Take a request back."""
    workflow = _find(request, pk)
    try:
        cancel_approval(workflow, user=request.user)
        messages.success(request, "Cancelled. It will not run.", fail_silently=True)
    except AlreadyDecided as error:
        messages.error(request, error.message, fail_silently=True)
    return redirect(workflow)


@page
@require_POST
def approval_dry_run(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Try a request out."""
    workflow = _find(request, pk)
    run = start_dry_run(workflow, user=request.user, door="web")
    if policies.results(request.user).filter(pk=run.pk).exists():
        return redirect(run)
    messages.success(request, "The dry run was started.", fail_silently=True)
    return redirect(workflow)


def _back(request: HttpRequest, workflow: ApprovalWorkflow) -> HttpResponse:
    """To the request as it stands now: another one where it was asked for anew."""
    seen = policies.requests(request.user)
    anew = seen.filter(
        scheduled_job=workflow.scheduled_job_id, current_state=ApprovalState.PENDING
    ).exclude(scheduled_job=None)
    now = anew.first() or seen.filter(pk=workflow.pk).first()
    return redirect(now or "jobsmith:index")


def _sentence(error: JobsmithError) -> str:
    if isinstance(error, InputsRefused):
        return " ".join(each for several in error.errors.values() for each in several)
    return error.message
