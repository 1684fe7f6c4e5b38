"""Queues: where runs wait for workers of one kind."""

from django.core.exceptions import ValidationError
from django.db import models

from .base import ChangeLogged, Record
from .natural import Named
from .tag import Tag


def queue_name_is_plain(value: str) -> None:
    """Refuse names that could walk a path; manifests are looked up by queue name."""
    if ".." in value or "/" in value or "\\" in value:
        raise ValidationError("A queue name may not contain '..', '/' or '\\'.")


class JobQueue(Named, ChangeLogged):
    """A named queue."""

    class State(models.TextChoices):
        """Whether it takes runs, and whether workers take runs from it."""

        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        DRAINING = "draining", "Draining"

    class Type(models.TextChoices):
        """Who takes runs from the queue; the values are the wire's."""

        CELERY = "celery", "Worker"
        KUBERNETES = "kubernetes", "Kubernetes"

    name = models.CharField(max_length=255, unique=True, validators=[queue_name_is_plain])
    description = models.CharField(max_length=255, blank=True)
    queue_type = models.CharField(max_length=50, choices=Type.choices, default=Type.CELERY)
    tags = models.ManyToManyField(Tag, blank=True, related_name="job_queues")
    state = models.CharField(
        max_length=10, choices=State.choices, default=State.ACTIVE, editable=False
    )
    state_by = models.CharField(max_length=150, blank=True, editable=False)
    """Name of whoever paused or drains it."""
    state_since = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class JobQueueAssignment(Named, Record):
    """A queue that runs of a job may wait in."""

    natural_fields = ("job__module_name", "job__job_class_name", "job_queue__name")

    job = models.ForeignKey("Job", models.CASCADE, related_name="job_queue_assignments")
    job_queue = models.ForeignKey(JobQueue, models.CASCADE, related_name="job_assignments")

    class Meta:
        ordering = ("job", "job_queue")
        constraints = (
            models.UniqueConstraint(fields=("job", "job_queue"), name="jobsmith_one_assignment"),
        )

    def __str__(self) -> str:
        return f"{self.job}: {self.job_queue}"
