"""The form of the job edit page."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from jobsmith.catalog.queues import names_in_force
from jobsmith.conf import conf
from jobsmith.inputs.picking import offer
from jobsmith.models import KEEPING_FIELDS, OVERRIDABLE_FIELDS, Job, JobQueue, Tag

from .seen import SeenForm

FIELDS = ("enabled", *OVERRIDABLE_FIELDS, *KEEPING_FIELDS)
LABELS = {
    "dryrun_default": "Dry run by default",
    "console_log_default": "Keep console output by default",
    "has_sensitive_variables": "Seal every input",
    "is_singleton": "One run at a time",
    "concurrency_limit": "Limit of runs at a time (0: none)",
    "concurrency_key": "Limit counts runs with the same input",
    "concurrency_when_full": "A run beyond the limit",
    "max_retries": "Retries of a run that failed",
    "approval_required": "Ask for approval of every run",
    "soft_time_limit": "Soft time limit (seconds)",
    "time_limit": "Time limit (seconds)",
    "job_queues": "Queues",
    "default_job_queue": "Default queue",
    "keep_days": "Keep runs that succeeded for (days)",
    "keep_failed_days": "Keep other runs for (days)",
    "keep_runs": "Keep the newest (runs)",
}


class JobEditForm(SeenForm):
    """Each overridable field beside a box that says whether it is held."""

    class Meta:
        model = Job
        fields = tuple(name for name in FIELDS if name != "job_queues")
        labels = LABELS

    def __init__(
        self, data: Any = None, *, job: Job, queues: QuerySet[JobQueue], tags: QuerySet[Tag]
    ) -> None:
        super().__init__(data, instance=job)
        self._job = job
        self.fields["job_queues"] = forms.ModelMultipleChoiceField(
            queues, required=False, label=LABELS["job_queues"], initial=list(job.job_queues.all())
        )
        self.fields["tags"] = forms.ModelMultipleChoiceField(
            tags, required=False, initial=list(job.tags.all())
        )
        self.fields["default_job_queue"] = forms.ModelChoiceField(
            queues, required=False, label=LABELS["default_job_queue"]
        )
        for name, rows in (("job_queues", queues), ("tags", tags), ("default_job_queue", queues)):
            offer(self, name, rows)
        for name in KEEPING_FIELDS:
            self.fields[name].help_text = _keeping_otherwise(name)
        for name in ("soft_time_limit", "time_limit"):
            limit = self.initial[name]
            self.initial[name] = int(limit) if float(limit).is_integer() else limit
        for name in OVERRIDABLE_FIELDS:
            self.fields[name].required = False
            self.fields[f"{name}_override"] = forms.BooleanField(
                required=False,
                label=f"Override {self.fields[name].label}",
                initial=name in job.overridden,
            )

    def _post_clean(self) -> None:
        """The action applies and validates; the form must not touch the record."""

    def seen_fields(self) -> tuple[str, ...]:
        """What is held, and what no source declares: the rest may follow a sync meanwhile."""
        return ("enabled", "tags", *KEEPING_FIELDS, "overridden", *self._job.overridden)

    @property
    def overrides(self) -> dict[str, bool]:
        """Which fields are to be held."""
        return {name: self.cleaned_data[f"{name}_override"] for name in OVERRIDABLE_FIELDS}

    @property
    def values(self) -> dict[str, Any]:
        """Values of what is held; the rest follows the source."""
        held = [name for name, flag in self.overrides.items() if flag]
        values = {name: self.cleaned_data[name] for name in held}
        for name in ("concurrency_limit", "max_retries"):
            if values.get(name, 0) is None:
                values[name] = 0
        if "default_job_queue" in values and values["default_job_queue"] is None:
            values.pop("default_job_queue")
        return values | {
            **{name: self.cleaned_data[name] for name in KEEPING_FIELDS},
            "enabled": self.cleaned_data["enabled"],
            "tags": self.cleaned_data["tags"],
        }

    def declared(self, name: str) -> str:
        """What the source says, in words."""
        key = "task_queues" if name in ("job_queues", "default_job_queue") else name
        value = self._job.declared.get(key)
        if isinstance(value, bool):
            return "Yes" if value else "No"
        if key == "task_queues":
            names = names_in_force(value or ())
            return names[0] if name == "default_job_queue" else ", ".join(names)
        if name.endswith("time_limit") and not value:
            return "The server's limit"
        if name == "concurrency_limit" and not value:
            return "No limit"
        if name == "max_retries" and not value:
            return "None"
        if name == "concurrency_when_full":
            return str(Job.WhenFull(value or Job.WhenFull.QUEUE).label)
        return str(value or "Nothing")


def _keeping_otherwise(name: str) -> str:
    """What holds where the job says nothing."""
    value = getattr(conf(), name)
    words = "all" if name == "keep_runs" else "for ever"
    return f"Empty: as the settings say ({value or words}). 0: {words}."
