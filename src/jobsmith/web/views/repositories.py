"""Git repositories."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from jobsmith import policies
from jobsmith.actions.save_repository import (
    create_repository,
    delete_repository,
    update_repository,
)
from jobsmith.actions.stale import Seen
from jobsmith.actions.sync_repository import sync_repository
from jobsmith.catalog.commits import label_of
from jobsmith.catalog.system import MODULE
from jobsmith.filters.tables import REPOSITORIES
from jobsmith.models import GitRepository, JobResult, SourceTree
from jobsmith.models.git_repository import JOBS
from jobsmith.policies import Actor
from jobsmith.sources.base import repository as ref_of

from ..page import page
from ..records import RecordForm, RecordPages

JOBS_SHOWN = 100
SYNCS_SHOWN = 10
COMMITS_SHOWN = 10
SECRETS = ("token", "private_key", "webhook_secret")


class SecretText(forms.Textarea):
    """Some lines that are never shown again."""

    def format_value(self, value: Any) -> str:
        """Nothing."""
        return ""


class SecretLine(forms.TextInput):
    """One line that is never shown again: browsers take a second password for a second form."""

    def format_value(self, value: Any) -> str:
        """Nothing."""
        return ""


class RepositoryForm(RecordForm):
    """A repository; what is typed as a secret is never shown again."""

    has_jobs = forms.BooleanField(
        required=False, initial=True, label="Jobs", help_text="Read the jobs of this repository."
    )
    token = forms.CharField(
        required=False,
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Kept sealed. Empty leaves it as it is; another address forgets it.",
    )
    private_key = forms.CharField(
        required=False,
        strip=False,
        max_length=16_384,
        widget=SecretText(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
        help_text="For SSH, without a passphrase. Kept sealed, as the token is.",
    )

    webhook_secret = forms.CharField(
        required=False,
        strip=False,
        max_length=255,
        widget=SecretLine(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="At least 16 characters, by which the Git server signs that somebody pushed. "
        "Kept sealed. Empty leaves it as it is.",
    )
    forget_webhook = forms.BooleanField(
        required=False, label="Take no webhooks", help_text="Forgets the webhook secret."
    )

    also_seen = ("provided_contents",)

    class Meta:
        model = GitRepository
        fields = (
            *("name", "slug", "remote_url", "branch", "subfolder", "username", "host_key"),
            *("poll_seconds", "isolation", "tags"),
        )
        labels = {
            **{"slug": "Package", "remote_url": "Address", "subfolder": "Folder"},
            "poll_seconds": "Poll every",
        }
        help_texts = {
            "slug": "Jobs are called by it, and it stays. Empty makes it of the name.",
            "remote_url": "Begins with https://, http:// or ssh://, or looks like git@host:path.",
            "branch": "A branch, a tag or a commit.",
            "subfolder": "Where the package lies in it, such as ops/jobs. Empty is its top.",
            "username": "For servers that want one beside the token.",
            "host_key": "Fingerprint of the SSH server. The first sync pins what it sees; empty it "
            "to accept another.",
            "poll_seconds": "Seconds, at least 30, after which the server is asked for a new "
            "commit. 0 never asks.",
            "isolation": "What its jobs can reach. Sandboxes hide the files of the server and of "
            "other sources; one without network may keep the database on the same machine; for "
            "untrusted code there is no database, and records arrive as plain data.",
        }

    field_order = (
        *("name", "slug", "remote_url", "branch", "subfolder", "username", "token", "private_key"),
        *("host_key", "has_jobs", "poll_seconds", "webhook_secret", "forget_webhook"),
        *("isolation", "tags"),
    )

    def __init__(self, data: Any = None, *, row: GitRepository, user: Actor) -> None:
        """The package can be chosen once."""
        super().__init__(data, row=row, user=user)
        for name in ("slug", "poll_seconds", "isolation"):
            self.fields[name].required = False
        if not row._state.adding:
            self.fields["slug"].disabled = True
            self.fields["has_jobs"].initial = row.provides_jobs
        if not row.sealed_webhook_secret:
            del self.fields["forget_webhook"]

    @property
    def values(self) -> dict[str, Any]:
        """New values; an empty secret and a host key that was left alone change nothing."""
        found = super().values
        found["poll_seconds"] = found["poll_seconds"] or 0
        others = [each for each in self.instance.provided_contents if each != JOBS]
        has_jobs = found.pop("has_jobs")
        found["provided_contents"] = [*others, JOBS] if has_jobs else others
        unsaid = [name for name in (*SECRETS, "isolation") if not found[name]]
        unsaid += [] if "host_key" in self.changed_data else ["host_key"]
        said = {name: value for name, value in found.items() if name not in unsaid}
        return {"webhook_secret": "", **said} if said.pop("forget_webhook", False) else said


class RepositoryPages(RecordPages[GitRepository]):
    """Git repositories."""

    model = GitRepository
    form_class = RepositoryForm
    table = REPOSITORIES
    name = "repository"
    list_name = place = "repositories"
    one, many = "repository", "repositories"
    lead = "Git repositories that jobs come from. A sync fetches one and has its commit serve."
    gone = "Its jobs are no longer installed. Their runs and the history of these stay."
    rows_template = "repositories/rows.html"
    side_template = "repositories/facts.html"

    def listed(self, rows: QuerySet[GitRepository], user: Actor) -> QuerySet[GitRepository]:
        """With the number of their jobs."""
        return rows.annotate(job_count=Count("jobs"))

    def facts(self, row: GitRepository, user: Actor) -> Mapping[str, Any]:
        """Its jobs, problems and syncs."""
        return {
            "jobs": policies.jobs(user).filter(git_repository=row).order_by("name")[:JOBS_SHOWN],
            "problems": policies.problems(user).filter(source__key=ref_of(row).key)[:JOBS_SHOWN],
            "syncs": _syncs(row, user)[:SYNCS_SHOWN],
            "commits": _commits(row, user)[:COMMITS_SHOWN],
            "serving": label_of(row, row.current_head),
            "sync_address": self.address("_sync", row),
            "hook_address": reverse("jobsmith:git_hook", args=[row.pk]),
        }

    def add(self, request: HttpRequest, values: dict[str, Any]) -> GitRepository:
        """Add it."""
        return create_repository(user=request.user, values=values)

    def change(
        self, request: HttpRequest, row: GitRepository, values: dict[str, Any], seen: Seen
    ) -> GitRepository:
        """Change it."""
        return update_repository(row, user=request.user, values=values, seen=seen)

    def remove(self, request: HttpRequest, row: GitRepository) -> None:
        """Delete it."""
        delete_repository(row, user=request.user)

    def sync(self, request: HttpRequest, pk: str) -> HttpResponseBase:
        """Sync it, or try that out; then show the run."""
        self.require(request.user, "change")
        row = self._find(self.rows(request.user, "change"), pk)
        dry_run = request.POST.get("dry_run") == "on"
        return redirect(sync_repository(row, user=request.user, dry_run=dry_run, door="web"))

    def urls(self, prefix: str) -> list[URLPattern]:
        """The usual addresses, and that of a sync."""
        sync = page(require_POST(self.sync))
        return [
            *super().urls(prefix),
            path(f"{prefix}<str:pk>/sync/", sync, name="repository_sync"),
        ]


def _commits(row: GitRepository, user: Actor) -> QuerySet[SourceTree]:
    """Its commits that served and are still kept, newest first."""
    rows = policies.viewable(SourceTree, user).filter(label__startswith=label_of(row))
    return rows.defer("archive", "specs").order_by("-created")


def _syncs(row: GitRepository, user: Actor) -> QuerySet[JobResult]:
    """Runs that fetched it, newest first."""
    runs = policies.results(user).filter(job_model__module_name=MODULE)
    return runs.filter(task_kwargs__repository=str(row.pk)).order_by("-date_created")
