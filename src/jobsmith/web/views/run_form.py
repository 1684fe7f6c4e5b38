"""The form that starts a job."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from jobsmith import policies
from jobsmith.actions.enqueue_job import RunOptions, enqueue_job, may_run
from jobsmith.actions.priority import HIGHEST, LOWEST, USUAL, may_come_first, read_priority
from jobsmith.actions.rerun_result import rerun_initial
from jobsmith.actions.run_form import run_form
from jobsmith.actions.save_schedule import save_schedule
from jobsmith.actions.timing import Timing, read_timing
from jobsmith.approving import expected_words
from jobsmith.errors import InputsRefused, JobsmithError, NotFound, ScheduleRefused
from jobsmith.inputs.form import RunForm
from jobsmith.models import BlackoutCalendar, Job, JobResult, ScheduledJob

from ..asked import began, to_request
from ..forms import dress, refused
from ..page import page, show
from ..shell_call import command, curl, program

WHEN = {
    "interval": "Repeats",
    "name": "Name of the schedule",
    "start_time": "Start",
    "crontab": "Crontab",
    "every_minutes": "Every so many minutes",
    "rrule": "Rule",
    "jitter_seconds": "Start up to so many seconds late",
    "blackout": "When it is due in a blackout",
    "time_zone": "Time zone",
    "misfire": "When it was missed",
    "overlap": "While an earlier run goes on",
    "end_time": "End",
    "pause_after_failures": "Failures in a row",
}
"""What a schedule is asked for, and what the page calls it."""
UNSEEN = "You do not have permission to see its run."


@page
def job_run(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Show the form, or start a run and go to its page."""
    policies.require(request.user, "run", Job)
    job = _job(request, pk)
    may_run(job, request.user)
    earlier = _earlier(request)
    if request.method != "POST":
        initial = rerun_initial(earlier, user=request.user) if earlier else _asked(request, job)
        return _show(request, job, run_form(job, user=request.user, initial=initial), earlier)
    form = run_form(job, user=request.user, data=request.POST, files=request.FILES)
    if not form.is_valid():
        return _show(request, job, form, earlier, status=400)
    return _start(request, job, form, earlier)


@page
def job_run_field(request: HttpRequest, pk: UUID, name: str) -> HttpResponse:
    """One field again, after a variable that it depends on has changed."""
    policies.require(request.user, "run", Job)
    job = _job(request, pk)
    values = {key: request.POST.getlist(key) for key in request.POST}
    several = {"MultiChoiceVar", "MultiObjectVar"}
    kinds = {each["name"]: each["type"] for each in job.declared.get("variables", ())}
    initial = {
        key: value if kinds.get(key) in several else value[-1]
        for key, value in values.items()
        if key in kinds
    }
    form = dress(run_form(job, user=request.user, initial=initial))
    if name not in form.fields:
        raise NotFound
    return show(request, "forms/field.html", {"bound": form[name], "form": form, "job": job})


def _job(request: HttpRequest, pk: UUID) -> Job:
    rows = policies.jobs(request.user, "run").select_related("default_job_queue")
    return policies.find(rows, pk=pk)


def _earlier(request: HttpRequest) -> JobResult | None:
    """The run whose inputs are to be changed."""
    said = request.POST.get("_from") or request.GET.get("from")
    if not said:
        return None
    policies.require(request.user, "view", JobResult)
    try:
        return policies.find(policies.results(request.user), pk=UUID(said))
    except ValueError as error:
        raise NotFound from error


def _asked(request: HttpRequest, job: Job) -> dict[str, Any]:
    """Values from the address, so that a filled form can be shared."""
    names = {each["name"] for each in job.declared.get("variables", ())}
    return {name: value for name, value in request.GET.items() if name in names}


def _start(
    request: HttpRequest, job: Job, form: RunForm, earlier: JobResult | None
) -> HttpResponseBase:
    try:
        priority = read_priority(request.POST.get("_priority"))
        timing = read_timing(_when(request))
        if timing:
            return _schedule(request, job, form, timing, priority)
    except ScheduleRefused as error:
        return _unscheduled(request, job, form, earlier, error)
    except InputsRefused as error:
        refused(form, error)
        return _show(request, job, form, earlier, status=400)
    except JobsmithError as error:
        form.add_error(None, error.message)
        return _show(request, job, form, earlier, status=error.status)
    options = RunOptions(
        queue=request.POST.get("_queue", ""),
        console_log="_console" in request.POST,
        priority=priority,
        rerun_of=earlier,
        door="web",
    )
    try:
        result = enqueue_job(job, user=request.user, inputs=form.clean_inputs, options=options)
    except InputsRefused as error:
        refused(form, error)
        return _show(request, job, form, earlier, status=400)
    except JobsmithError as error:
        form.add_error(None, error.message)
        return _show(request, job, form, earlier, status=error.status)
    if isinstance(result, ScheduledJob):
        return to_request(request, result)
    return _go_to(request, result, job)


def _when(request: HttpRequest) -> dict[str, Any]:
    """What the form says about the clock."""
    asked: dict[str, Any] = {key: request.POST.get(f"_schedule_{key}", "") for key in WHEN}
    asked["blackout_calendars"] = request.POST.getlist("_schedule_blackout_calendars")
    return {**asked, "interval": asked["interval"] or "immediately"}


def _schedule(
    request: HttpRequest, job: Job, form: RunForm, timing: Timing, priority: int
) -> HttpResponseBase:
    user, queue = request.user, request.POST.get("_queue", "")
    inputs = form.clean_inputs
    row = save_schedule(
        job, user=user, inputs=inputs, timing=timing, queue=queue, priority=priority
    )
    if row.state == ScheduledJob.State.PENDING:
        return to_request(request, row)
    messages.success(request, f"{row.name} is scheduled.", fail_silently=True)
    if policies.viewable(ScheduledJob, user).filter(pk=row.pk).exists():
        return redirect("jobsmith:schedule", pk=row.pk)
    return redirect("jobsmith:job_run", pk=job.pk)


def _unscheduled(
    request: HttpRequest,
    job: Job,
    form: RunForm,
    earlier: JobResult | None,
    error: ScheduleRefused,
) -> HttpResponse:
    for name, sentences in error.errors.items():
        form.add_error(None, [f"{WHEN.get(name, name)}: {each}" for each in sentences])
    return _show(request, job, form, earlier, status=400)


def _go_to(request: HttpRequest, run: JobResult, job: Job) -> HttpResponseBase:
    """The page of the run, or for who may not see it a page that says that it was started."""
    user = request.user
    if policies.results(user).filter(pk=run.pk).exists():
        return redirect(run)
    messages.success(request, f"{began(job.name, run)} {UNSEEN}", fail_silently=True)
    seen = policies.jobs(user).filter(pk=job.pk).exists()
    return redirect(job) if seen else redirect("jobsmith:job_run", pk=job.pk)


def _show(
    request: HttpRequest, job: Job, form: RunForm, earlier: JobResult | None, status: int = 200
) -> HttpResponse:
    values = _shown_values(form)
    context = {
        "job": job,
        "form": dress(form),
        "earlier": earlier,
        "queues": [queue.name for queue in job.job_queues.all()],
        "queue": request.POST.get("_queue") or job.default_job_queue.name,
        "priority": request.POST.get("_priority", USUAL),
        "lowest": LOWEST,
        "highest": HIGHEST if may_come_first(job, request.user) else USUAL,
        "console": "_console" in request.POST if form.is_bound else job.console_log_default,
        "when": {"time_zone": timezone.get_default_timezone_name(), **_filled(request)},
        "approval": expected_words(job),
        "intervals": ScheduledJob.Interval.choices,
        "calendars": policies.viewable(BlackoutCalendar, request.user).order_by("name"),
        "blackouts": ScheduledJob.Blackout.choices,
        "misfires": ScheduledJob.Misfire.choices,
        "overlaps": ScheduledJob.Overlap.choices,
        "program": program(job),
        "command": command(job, values),
        "curl": curl(job, values, _api_address(request, job)),
        "api": _api_address(request, job),
    }
    return show(request, "jobs/run_form.html", context, current="jobs", status=status)


def _filled(request: HttpRequest) -> dict[str, Any]:
    return _when(request) if request.method == "POST" else {"interval": "immediately"}


def _shown_values(form: RunForm) -> dict[str, Any]:
    kept = (each for each in form.spec.variables if each.type not in {"SecretVar", "FileVar"})
    values = {each.name: form[each.name].value() for each in kept}
    empty: tuple[Any, ...] = (None, "", [], "null")
    return {name: _plain(value) for name, value in values.items() if value not in empty}


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | list | dict) else str(value)


def _api_address(request: HttpRequest, job: Job) -> str:
    try:
        path = reverse("jobsmith-api:job-run", args=[job.pk])
    except NoReverseMatch:
        path = f"{reverse('jobsmith:index')}api/extras/jobs/{job.pk}/run/"
    return request.build_absolute_uri(path)
