"""All that decides what a run will do: what is approved, and nothing else."""

from collections.abc import Iterable, Mapping
from typing import Any

from jobsmith.catalog.versions import declared_by
from jobsmith.conf import conf
from jobsmith.inputs.vault import open_sealed
from jobsmith.models import Job, JobFile, JobResult, ScheduledJob, Source

Facts = dict[str, Any]
"""As JSON; the inputs in it may be secret, so it is hashed and never kept."""


def facts_of_request(schedule: ScheduledJob) -> Facts:
    """What a schedule, or a request for a run at once, asks for as everything stands now."""
    job, code = schedule.job_model, schedule.asked.get("code") or {}
    queue = schedule.job_queue
    return {
        "job": str(schedule.job_model_id),
        "class_path": code.get("class_path") or (job.class_path if job else schedule.task),
        "code": code.get("digest") or (_serving(job) if job else ""),
        "user": str(schedule.user_id),
        "queue": queue.name if queue else "",
        "limits": limits_of(job) if job else [],
        "window": window_of(schedule),
        **_inputs(inputs_of(schedule), JobFile.objects.filter(scheduled_job=schedule)),
    }


def facts_of_run(run: JobResult, window: Any) -> Facts:
    """What a run is going to do; the window is that of what it was approved by."""
    inputs = inputs_of_run(run)
    return {
        "job": str(run.job_model_id),
        "class_path": run.class_path,
        "code": run.source_digest,
        "user": str(run.user_id),
        "queue": run.job_queue.name if run.job_queue else "",
        "limits": [float(run.soft_time_limit), float(run.time_limit)],
        "window": window,
        **_inputs(inputs, JobFile.objects.filter(pk__in=_file_keys(inputs))),
    }


def inputs_of(schedule: ScheduledJob) -> dict[str, Any]:
    """All inputs of a schedule, the sealed ones too: for whoever starts it, and for nobody else."""
    return {**schedule.kwargs, **open_sealed(schedule.sealed_kwargs)}


def inputs_of_run(run: JobResult) -> dict[str, Any]:
    """The same of a run."""
    return {**run.task_kwargs, **open_sealed(run.sealed_kwargs)}


def limits_of(job: Job) -> list[float]:
    """Seconds until a run is asked to stop, and until it is ended."""
    return [
        float(job.soft_time_limit or conf().soft_time_limit),
        float(job.time_limit or conf().time_limit),
    ]


def window_of(schedule: ScheduledJob) -> dict[str, Any]:
    """When it may run."""
    if schedule.asked:
        return {"at_once": True}
    calendars = sorted(map(str, schedule.blackout_calendars.values_list("pk", flat=True)))
    later = {
        "every_minutes": schedule.every_minutes,
        "rrule": schedule.rrule,
        "jitter_seconds": schedule.jitter_seconds,
        "blackouts": [schedule.blackout, *calendars] if calendars else [],
    }
    return {
        **{name: value for name, value in later.items() if value},
        "interval": schedule.interval,
        "start_time": schedule.start_time.isoformat(),
        "crontab": schedule.crontab,
        "time_zone": schedule.time_zone,
        "misfire": schedule.misfire,
        "overlap": schedule.overlap,
        "end_time": schedule.end_time.isoformat() if schedule.end_time else None,
    }


def asks_for_dry_run(facts: Facts) -> bool:
    """Whether this is a dry run, and the version of the code that would run has one."""
    given = facts["inputs"].get("dryrun") is True
    return given and has_dry_run(facts["code"], facts["class_path"])


def has_dry_run(digest: str, class_path: str) -> bool:
    """Whether just this version of the code has one; what is not known has none."""
    return bool(declared_by(digest, class_path).get("supports_dryrun"))


def _serving(job: Job) -> str:
    source = Source.objects.filter(key=job.source_key).values_list("tree_id", flat=True)
    return source.first() or ""


def _inputs(inputs: Mapping[str, Any], files: Iterable[JobFile]) -> dict[str, Any]:
    """Inputs apart from uploads, which count by name and content."""
    known = {str(each.pk): [each.name, each.sha256] for each in files}
    uploads = {name: known[key] for name, key in _keys_by_name(inputs).items() if key in known}
    plain = {name: value for name, value in inputs.items() if name not in uploads}
    return {"inputs": plain, "files": uploads}


def _file_keys(inputs: Mapping[str, Any]) -> set[str]:
    return set(_keys_by_name(inputs).values())


def _keys_by_name(inputs: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: value["file"]
        for name, value in inputs.items()
        if isinstance(value, dict) and value.keys() == {"file", "name"} and _is_key(value["file"])
    }


def _is_key(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 36 and set(value) <= set("0123456789abcdef-")
