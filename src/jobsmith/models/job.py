"""The record of a job class: what its source declared, and what an administrator changed."""

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse

from .base import ChangeLogged
from .git_repository import GitRepository
from .job_queue import JobQueue, JobQueueAssignment
from .natural import Named, NaturalManager
from .tag import Tag

SCALAR_OVERRIDES = (
    "grouping",
    "name",
    "description",
    "console_log_default",
    "dryrun_default",
    "hidden",
    "soft_time_limit",
    "time_limit",
    "has_sensitive_variables",
    "is_singleton",
    "concurrency_limit",
    "concurrency_key",
    "concurrency_when_full",
    "max_retries",
    "approval_required",
)
QUEUE_OVERRIDES = ("job_queues", "default_job_queue")
OVERRIDABLE_FIELDS = SCALAR_OVERRIDES + QUEUE_OVERRIDES
"""Fields with an ``<field>_override`` flag."""


KEEPING_FIELDS = ("keep_days", "keep_failed_days", "keep_runs")
"""How long runs of a job are kept."""


def effective(declared: Mapping[str, Any], overridden: Collection[str]) -> dict[str, Any]:
    """The scalar fields that follow the source: what was declared, less what is overridden."""
    return {
        name: declared[name]
        for name in SCALAR_OVERRIDES
        if name not in overridden and name in declared
    }


class JobManager(NaturalManager["Job"]):
    """Finds jobs by their class too."""

    def get_for_class_path(self, class_path: str) -> "Job":
        """The job of a ``module.Class``; raises DoesNotExist."""
        module, _, name = class_path.rpartition(".")
        return self.get_by_natural_key(module, name)


class Job(Named, ChangeLogged):
    """An installed (or once installed) job class."""

    natural_fields: ClassVar = ("module_name", "job_class_name")

    objects: ClassVar[JobManager] = JobManager()

    class SourceKind(models.TextChoices):
        """Where the class came from."""

        LOCAL = "local", "Folder"
        GIT = "git", "Git repository"
        PLUGIN = "plugin", "Installed package"

    class WhenFull(models.TextChoices):
        """What becomes of a run when as many as may are there."""

        QUEUE = "queue", "It waits"
        SKIP = "skip", "It is skipped"
        REPLACE = "replace", "It replaces the oldest"
        FAIL = "fail", "It is refused"

    module_name = models.CharField(max_length=100, db_index=True, editable=False)
    job_class_name = models.CharField(max_length=100, db_index=True, editable=False)
    source = models.CharField(
        max_length=10, choices=SourceKind.choices, default="local", editable=False
    )
    source_key = models.CharField(max_length=120, db_index=True, default="", editable=False)
    """Key of the Source row: ``folder``, ``app:inventory``, ``git:slug``."""
    git_repository = models.ForeignKey(
        GitRepository, models.SET_NULL, null=True, editable=False, related_name="jobs"
    )

    grouping = models.CharField(max_length=255, db_index=True)
    name = models.CharField(max_length=100, unique=True)
    description = models.TextField(blank=True)
    installed = models.BooleanField(default=True, db_index=True, editable=False)
    enabled = models.BooleanField(default=False)
    is_job_hook_receiver = models.BooleanField(default=False, editable=False)
    is_job_button_receiver = models.BooleanField(default=False, editable=False)
    has_sensitive_variables = models.BooleanField(default=False)
    is_singleton = models.BooleanField(default=False)
    concurrency_limit = models.PositiveIntegerField(default=0, validators=[MaxValueValidator(1000)])
    """Runs at a time; 0 means any number."""
    concurrency_key = models.CharField(max_length=100, blank=True)
    """Name of the variable by whose value runs share the limit; "" means all of them do."""
    concurrency_when_full = models.CharField(
        max_length=10, choices=WhenFull.choices, default=WhenFull.QUEUE
    )
    max_retries = models.PositiveSmallIntegerField(
        default=0, db_default=0, validators=[MaxValueValidator(20)]
    )
    """How often a run that failed is tried again, where the source says after what."""
    approval_required = models.BooleanField(default=False)
    console_log_default = models.BooleanField(default=False)
    hidden = models.BooleanField(default=False, db_index=True)
    dryrun_default = models.BooleanField(default=False)
    read_only = models.BooleanField(default=False, editable=False)
    soft_time_limit = models.FloatField(default=0, validators=[MinValueValidator(0)])
    time_limit = models.FloatField(default=0, validators=[MinValueValidator(0)])
    supports_dryrun = models.BooleanField(default=False, editable=False)
    job_queues = models.ManyToManyField(JobQueue, through=JobQueueAssignment, related_name="jobs")
    default_job_queue = models.ForeignKey(JobQueue, models.PROTECT, related_name="default_for_jobs")

    tags = models.ManyToManyField(Tag, blank=True, related_name="jobs")

    keep_days = models.PositiveIntegerField(null=True, blank=True)
    """Days that runs are kept; None means as the settings say, 0 for ever."""
    keep_failed_days = models.PositiveIntegerField(null=True, blank=True)
    """The same for runs that did not succeed."""
    keep_runs = models.PositiveIntegerField(null=True, blank=True)
    """Runs that are kept, newest first; None means as the settings say, 0 all."""

    declared = models.JSONField(default=dict, editable=False)
    """The JobSpec the source declared, as JSON (`specs.job_from_json`)."""
    overridden = models.JSONField(default=list, editable=False)
    """Names of the fields an administrator holds."""

    class Meta:
        ordering = ("grouping", "name")
        permissions = (
            ("run_job", "Can run a job"),
            ("prioritize_job", "Can run a job ahead of others"),
            ("approve_job", "Can approve runs of a job"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("module_name", "job_class_name"), name="jobsmith_one_job_per_class"
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def class_path(self) -> str:
        """``module.Class``."""
        return f"{self.module_name}.{self.job_class_name}"

    @property
    def runnable(self) -> bool:
        """Whether the job may be started at all."""
        return self.installed and self.enabled

    @property
    def description_first_line(self) -> str:
        """For lists."""
        return self.description.strip().split("\n", 1)[0]

    def get_absolute_url(self) -> str:
        """The job's page."""
        return reverse("jobsmith:job", args=[self.pk])

    def clean(self) -> None:
        """Fields that are not overridden follow the source."""
        self._follow_source()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with every field that is not overridden set to what the source declared.

        The one rule that stands in a ``save()``: a cleared override must revert however the
        row is saved.
        """
        self._follow_source()
        super().save(*args, **kwargs)

    def _follow_source(self) -> None:
        for name, value in effective(self.declared, self.overridden).items():
            setattr(self, name, value)
