"""The page of one run."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from jobsmith import policies
from jobsmith.actions.cancel_result import cancel_result
from jobsmith.actions.pin_result import pin_result, unpin_result
from jobsmith.actions.rerun_result import Code, rerun_result
from jobsmith.errors import InputsRefused, NotFound
from jobsmith.lifecycle import REFUSED, Status
from jobsmith.models import (
    Job,
    JobConsoleEntry,
    JobFile,
    JobLogEntry,
    JobResult,
    JobWebhookDelivery,
    ScheduledJob,
    SourceTree,
)
from jobsmith.streams.downloads import download

from ..asked import to_request
from ..attempts import attempts_of
from ..inputs_shown import inputs_shown
from ..page import page, show
from ..results import blocks, table_as_csv
from ..steps import BAD, steps_of
from ..waiting_shown import waiting_shown

NO_REASON = "Waiting for a worker."
TABS: dict[str, type[Model] | None] = {
    "log": JobLogEntry,
    "console": JobConsoleEntry,
    "result": None,
    "files": JobFile,
    "inputs": None,
}
"""Each with what takes its own right beside that to the run."""


@page
def run_detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One tab of a run; with ``?part=head`` only the parts that change while it runs."""
    run = find_run(request, pk)
    if request.GET.get("part") == "head":
        files = _files(request, run).order_by("kind", "name")
        return show(request, "runs/head_fresh.html", _head(request, run) | {"files": files})
    tab = _tab(request)
    context = _head(request, run) | {"tab": tab} | _panels(request, run, tab)
    said = request.GET.get("tab", "")
    context["hidden"] = said if said in TABS and said != tab else ""
    return show(request, "runs/detail.html", context, current="runs")


def require_runs(request: HttpRequest, *also: type[Model]) -> None:
    """NotAllowed without the right to see runs, and these records of theirs."""
    kinds: tuple[type[Model], ...] = (JobResult, *also)
    for model in kinds:
        policies.require(request.user, "view", model)


def find_run(request: HttpRequest, pk: UUID, *also: type[Model]) -> JobResult:
    """A run within the viewer's reach, else NotFound; `require_runs` first."""
    require_runs(request, *also)
    rows = policies.results(request.user).select_related("job_model", "user", "job_queue")
    return policies.find(rows, pk=pk)


def _tab(request: HttpRequest) -> str:
    tabs, said = _tabs(request), request.GET.get("tab", "")
    return said if said in tabs else tabs[0]


def _tabs(request: HttpRequest) -> list[str]:
    """Tabs that the viewer has the right to."""
    user = request.user
    return [
        tab for tab, model in TABS.items() if model is None or policies.allowed(user, "view", model)
    ]


def _head(request: HttpRequest, run: JobResult) -> dict[str, Any]:
    return {
        "run": run,
        "tab": _tab(request),
        "tabs": _tabs(request),
        "may_cancel": not run.is_final
        and policies.cancellable(request.user).filter(pk=run.pk).exists(),
        "may_run": _may_run(request, run),
        "may_pin": policies.results(request.user, "change").filter(pk=run.pk).exists(),
        "approval": run.approval_id
        and policies.requests(request.user).filter(pk=run.approval_id).first(),
        "delivery": _delivery(request, run),
        "may_see_code": policies.allowed(request.user, "view", SourceTree),
        "code_moved_on": _code_moved_on(request, run),
        "may_delete": run.is_final
        and policies.results(request.user, "delete").filter(pk=run.pk).exists(),
        "waiting": waiting_shown(run.waiting_reason or NO_REASON, user=request.user),
        "files_count": _files(request, run).count(),
        "failure": _failure(request, run),
        "attempts": list(attempts_of(run)),
    }


def _delivery(request: HttpRequest, run: JobResult) -> JobWebhookDelivery | None:
    """The message of another system that started it, where the viewer may see its webhook."""
    if run.door != "webhook":
        return None
    mine = Q(job_result=run)
    if run.scheduled_job_id:  # it waited for approval
        mine |= Q(scheduled_job=run.scheduled_job_id)
    rows = policies.webhook_deliveries(request.user).select_related("webhook")
    return rows.filter(mine).first()


def _may_run(request: HttpRequest, run: JobResult) -> bool:
    job = run.job_model
    return bool(job and job.runnable and policies.jobs(request.user, "run").filter(pk=job.pk))


def _code_moved_on(request: HttpRequest, run: JobResult) -> bool:
    """Whether other code serves now, so that "again" needs to say which."""
    serving = policies.serving(request.user, run.source_key).first()
    return bool(run.source_digest and serving and serving.digest != run.source_digest)


def _files(request: HttpRequest, run: JobResult) -> QuerySet[JobFile]:
    return policies.files(request.user).filter(job_result=run)


def _failure(request: HttpRequest, run: JobResult) -> dict[str, Any] | None:
    """What went wrong, and the last line that says so."""
    if run.status != Status.FAILURE:
        return None
    said = run.result if isinstance(run.result, dict) and "exc_type" in run.result else {}
    message = said.get("exc_message", "")
    message = ", ".join(map(str, message)) if isinstance(message, list) else str(message)
    line = None
    if run.error_log_count is None or run.error_log_count:
        bad = policies.logs(request.user, run).filter(log_level__in=BAD).order_by("-seq")
        line = bad.values_list("seq", flat=True).first()
    kind = str(said.get("exc_type", ""))
    if run.cause.startswith(REFUSED):
        return {"type": "Refused", "message": message, "sentence": message, "line": line}
    return {"type": kind, "message": message, "sentence": f"{kind}: {message}", "line": line}


def _panels(request: HttpRequest, run: JobResult, tab: str) -> dict[str, Any]:
    context: dict[str, Any] = {"inputs": inputs_shown(run, user=request.user)}
    if tab in ("files", "log"):
        context["files"] = _files(request, run).order_by("kind", "name")
    if tab == "result":
        plain = run.status != Status.FAILURE and run.result is not None
        context["blocks"] = blocks(run.result) if plain else []
    return context


@page
def run_steps(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The groupings of the log in order, each with its time: the outline of the run."""
    run = find_run(request, pk, JobLogEntry)
    found = steps_of(run, policies.logs(request.user, run))
    return show(request, "runs/steps.html", {"steps": found, "run": run})


@page
def run_result_csv(request: HttpRequest, pk: UUID, number: int) -> HttpResponseBase:
    """A table of the result as a file."""
    run = find_run(request, pk)
    text = table_as_csv(run.result, number)
    if text is None:
        raise NotFound
    return download(request, [text.encode()], name=f"{run.name} {number + 1}.csv")


@page
def run_cancel(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Ask first, then cancel."""
    run = find_run(request, pk)
    if request.method != "POST":
        return show(request, "runs/cancel.html", {"run": run}, current="runs")
    run = cancel_result(run, user=request.user)
    if run.is_final:
        messages.success(request, "The run is cancelled.", fail_silently=True)
    else:
        said = "The run has been asked to stop."
        messages.success(request, said, extra_tags="until-end", fail_silently=True)
    return redirect(run)


@page
@require_POST
def run_pin(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Keep the run however old it gets, or no longer."""
    policies.require(request.user, "change", JobResult)
    run = policies.find(policies.results(request.user, "change"), pk=pk)
    pinned = bool(request.POST.get("pinned"))
    (pin_result if pinned else unpin_result)(run, user=request.user)
    said = "The run is kept until somebody unpins it." if pinned else "The run is no longer pinned."
    messages.success(request, said, fail_silently=True)
    return redirect(run)


@page
@require_POST
def run_rerun(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Run again with the same inputs; where the job no longer takes them, show its form."""
    policies.require(request.user, "run", Job)
    run = find_run(request, pk)
    try:
        code = request.POST.get("code", Code.CURRENT)
        again = rerun_result(run, user=request.user, code=code, door="web")
    except InputsRefused as error:
        messages.error(request, f"The inputs no longer fit: {_first(error)}", fail_silently=True)
        return redirect(f"{_form_address(run)}?from={run.pk}")
    return to_request(request, again) if isinstance(again, ScheduledJob) else redirect(again)


def _first(error: InputsRefused) -> str:
    name, sentences = next(iter(error.errors.items()), ("", [error.message]))
    return sentences[0] if name in ("", "__all__") else f"{name}: {sentences[0]}"


def _form_address(run: JobResult) -> str:
    return f"{run.job_model.get_absolute_url()}run/" if run.job_model else run.get_absolute_url()
