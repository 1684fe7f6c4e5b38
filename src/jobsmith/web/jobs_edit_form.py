"""The form that edits many jobs: what is left empty stays as it is."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms import BoundField

from jobsmith.inputs.picking import offer
from jobsmith.models import OVERRIDABLE_FIELDS, Job, JobQueue, Tag

from .job_edit_form import LABELS

BOOLEANS = ("console_log_default", "dryrun_default", "hidden", "has_sensitive_variables")
LIMITS = ("soft_time_limit", "time_limit")
YES_OR_NO = (("", "Leave as it is"), ("yes", "Yes"), ("no", "No"))
RELEASE = "release_"


class YesOrNoField(forms.TypedChoiceField):
    """Yes, no, or as it is."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=YES_OR_NO,
            coerce=lambda said: said == "yes",
            empty_value=None,
            required=False,
            **kwargs,
        )


class JobsEditForm(forms.Form):
    """Giving a value overrides a field; releasing a field lets it follow the source again."""

    enabled = YesOrNoField()
    grouping = forms.CharField(required=False, max_length=255)
    description = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 3, "class": "jsm-in few"})
    )

    def __init__(self, data: Any, *, queues: QuerySet[JobQueue], tags: QuerySet[Tag]) -> None:
        super().__init__(data)
        for name in (*BOOLEANS, "is_singleton"):
            self.fields[name] = YesOrNoField(label=_label(name))
        for name in LIMITS:
            self.fields[name] = forms.FloatField(required=False, min_value=0, label=_label(name))
        self.fields["concurrency_limit"] = forms.IntegerField(
            required=False, min_value=0, max_value=1000, label=_label("concurrency_limit")
        )
        self.fields["max_retries"] = forms.IntegerField(
            required=False, min_value=0, max_value=20, label=_label("max_retries")
        )
        self.fields["concurrency_when_full"] = forms.ChoiceField(
            choices=(("", "Leave as it is"), *Job.WhenFull.choices),
            required=False,
            label=_label("concurrency_when_full"),
        )
        self._relations(queues, tags)
        for name in OVERRIDABLE_FIELDS:
            self.fields[f"{RELEASE}{name}"] = forms.BooleanField(
                required=False, label=f"Release {_label(name)}"
            )

    def _relations(self, queues: QuerySet[JobQueue], tags: QuerySet[Tag]) -> None:
        several = forms.ModelMultipleChoiceField
        self.fields["job_queues"] = several(queues, required=False, label=_label("job_queues"))
        self.fields["default_job_queue"] = forms.ModelChoiceField(
            queues, required=False, label=_label("default_job_queue"), empty_label="Leave as it is"
        )
        self.fields["add_tags"] = several(tags, required=False, label="Add tags")
        self.fields["remove_tags"] = several(tags, required=False, label="Remove tags")
        for name in ("job_queues", "default_job_queue"):
            offer(self, name, queues)
        for name in ("add_tags", "remove_tags"):
            offer(self, name, tags)

    def clean(self) -> dict[str, Any]:
        """A field cannot be held and released at once, and something must be asked for."""
        given = self.cleaned_data
        for name in OVERRIDABLE_FIELDS:
            if given.get(f"{RELEASE}{name}") and _is_given(given.get(name)):
                self.add_error(name, "Give a value or release the field, not both.")
        if not self.errors and not any(map(_is_given, self._wanted())):
            self.add_error(None, "Nothing is to be changed: give a value or release a field.")
        return given

    def _wanted(self) -> list[Any]:
        """All values; a box that is not ticked asks for nothing."""
        return [
            None if value is False and name.startswith(RELEASE) else value
            for name, value in self.cleaned_data.items()
        ]

    @property
    def overrides(self) -> dict[str, bool]:
        """Held is what was given, released what was ticked."""
        given = self.cleaned_data
        held = {name: True for name in OVERRIDABLE_FIELDS if _is_given(given.get(name))}
        return held | {name: False for name in OVERRIDABLE_FIELDS if given[f"{RELEASE}{name}"]}

    def values_for(self, job: Job) -> dict[str, Any]:
        """New values of one job; tags are added and taken."""
        given = self.cleaned_data
        names = ("enabled", *OVERRIDABLE_FIELDS)
        values = {name: given[name] for name in names if _is_given(given.get(name))}
        if given["add_tags"] or given["remove_tags"]:
            kept = set(job.tags.all()) - set(given["remove_tags"])
            values["tags"] = sorted(kept | set(given["add_tags"]), key=lambda tag: tag.name)
        return values

    @property
    def plain(self) -> list[BoundField]:
        """What no source declares."""
        return [self[name] for name in ("enabled", "add_tags", "remove_tags")]

    @property
    def rows(self) -> list[tuple[BoundField | None, str, BoundField]]:
        """Each field that may be overridden, what it is called, and the box that releases it."""
        return [
            (self[name] if name in self.fields else None, _label(name), self[f"{RELEASE}{name}"])
            for name in OVERRIDABLE_FIELDS
        ]


def _label(name: str) -> str:
    return LABELS.get(name) or name.replace("_", " ").capitalize()


def _is_given(value: Any) -> bool:
    if isinstance(value, QuerySet):
        return value.exists()
    return value not in (None, "")
