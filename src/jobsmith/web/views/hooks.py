"""Job hooks."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from jobsmith import policies
from jobsmith.actions.save_hook import create_hook, update_hook
from jobsmith.actions.stale import Seen
from jobsmith.filters.tables import HOOKS
from jobsmith.models import HookFiring, JobHook, JobResult, ObjectChange
from jobsmith.policies import Actor

from ..records import KindsField, RecordForm, RecordPages, WordsField
from .buttons import only_receivers

SHOWN = 20


class HookForm(RecordForm):
    """A job hook."""

    content_types = KindsField(label="Of", help_text="Kinds of record whose changes it answers.")
    changed_fields = WordsField(
        required=False,
        label="Only when these change",
        help_text="Columns, parted by commas; empty means any. It narrows updates only.",
    )

    class Meta:
        model = JobHook
        fields = (
            *("name", "job", "content_types", "type_create", "type_update", "type_delete"),
            *("changed_fields", "enabled"),
        )
        labels = {
            "type_create": "Answers creations",
            "type_update": "Answers updates",
            "type_delete": "Answers deletions",
        }
        help_texts = {"job": "A job that is made for hooks: a subclass of JobHookReceiver."}

    def __init__(self, data: Any = None, *, row: JobHook, user: Actor) -> None:
        """Only jobs that are made for hooks are offered."""
        super().__init__(data, row=row, user=user)
        only_receivers(self.fields["job"], "is_job_hook_receiver", row.job_id)


class HookPages(RecordPages[JobHook]):
    """Job hooks."""

    model = JobHook
    form_class = HookForm
    table = HOOKS
    name = "hook"
    list_name = place = "hooks"
    one, many = "job hook", "job hooks"
    lead = "Changes of records that run a job. A hook's job runs as whoever made the change."
    gone = "It answers no more changes. The runs that it started stay."
    rows_template = "hooks/rows.html"
    side_template = "hooks/facts.html"

    def listed(self, rows: QuerySet[JobHook], user: Actor) -> QuerySet[JobHook]:
        """With what they answer."""
        return rows.prefetch_related("content_types")

    def row_facts(self, rows: list[JobHook], user: Actor) -> Mapping[str, Any]:
        """With their jobs, as far as the viewer may see them."""
        keys = [each.job_id for each in rows]
        jobs = {each.pk: each for each in policies.jobs(user).filter(pk__in=keys)}
        return {"entries": [{"row": row, "job": jobs.get(row.job_id)} for row in rows]}

    def facts(self, row: JobHook, user: Actor) -> Mapping[str, Any]:
        """What came of the last changes, as far as the viewer may see them and the runs."""
        rows = list(policies.firings(user).filter(hook=row)[:SHOWN])
        return {"firings": _told(rows, user)}

    def add(self, request: HttpRequest, values: dict[str, Any]) -> JobHook:
        """Add it."""
        return create_hook(user=request.user, values=values)

    def change(
        self, request: HttpRequest, row: JobHook, values: dict[str, Any], seen: Seen
    ) -> JobHook:
        """Change it."""
        return update_hook(row, user=request.user, values=values, seen=seen)


def _told(rows: list[HookFiring], user: Actor) -> list[dict[str, Any]]:
    asked = policies.viewable(ObjectChange, user).filter(pk__in=[each.change_id for each in rows])
    changes = {each.pk: each for each in asked.defer("before", "after")}
    runs = policies.results(user).filter(pk__in=[each.job_result_id for each in rows])
    found: dict[Any, JobResult] = {each.pk: each for each in runs}
    return [
        {"row": row, "change": changes.get(row.change_id), "run": found.get(row.job_result_id)}
        for row in rows
    ]
