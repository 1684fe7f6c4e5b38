"""Processes that are, or were, alive."""

from datetime import timedelta

from django.db import models
from django.utils import timezone

from .base import Record

SILENCE = timedelta(seconds=30)
"""A process that has not beaten for this long is taken for gone."""

SILENT = "It fell silent: it was killed, its machine went down, or it cannot reach the database."


class WorkerQuerySet(models.QuerySet["Worker"]):
    """Workers, by what is asked of them."""

    def alive(self, within: timedelta = SILENCE) -> "WorkerQuerySet":
        """Processes of any kind that have not said goodbye and have beaten lately."""
        return self.filter(stopped_at=None, beat_at__gt=timezone.now() - within)


class Worker(Record):
    """A worker or scheduler process and its last heartbeat."""

    class Kind(models.TextChoices):
        """What the process does."""

        WORKER = "worker"
        SCHEDULER = "scheduler"

    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.WORKER)
    name = models.CharField(max_length=100)
    """``host:pid`` unless it was given one."""
    hostname = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    version = models.CharField(max_length=30)
    queues = models.JSONField(default=list)
    """Names of the queues it takes runs from."""
    packages = models.JSONField(default=dict)
    """Digests of the installed packages whose jobs it can run, by source key."""
    slots = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(default=timezone.now)
    beat_at = models.DateTimeField(default=timezone.now, db_index=True)
    stopped_at = models.DateTimeField(null=True)
    draining = models.BooleanField(default=False)
    note = models.CharField(max_length=500, blank=True)
    """What it has to say: that it runs jobs as root, or by spawn and why."""

    outdated = models.CharField(max_length=200, blank=True, db_default="")
    """Why it takes no runs though it lives: the database is newer than its code."""
    last_words = models.CharField(max_length=500, blank=True, db_default="")
    """Why it ended, said by itself."""

    objects = WorkerQuerySet.as_manager()

    class Meta:
        ordering = ("-started_at",)

    def __str__(self) -> str:
        return self.name

    @property
    def is_alive(self) -> bool:
        """Whether it has not said goodbye and has beaten lately."""
        return self.stopped_at is None and self.beat_at > timezone.now() - SILENCE

    @property
    def state(self) -> str:
        """``listening``, ``draining``, ``outdated``, ``stopped`` or ``lost``."""
        if not self.is_alive:
            return "stopped" if self.stopped_at else "lost"
        if self.outdated:
            return "outdated"
        return "draining" if self.draining else "listening"

    @property
    def ended_because(self) -> str:
        """Its last words, or what can be said of one that had none; empty while it lives."""
        if self.is_alive:
            return ""
        return self.last_words or ("" if self.stopped_at else SILENT)
