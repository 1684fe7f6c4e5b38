"""Where job classes come from, the code versions kept of it, and what is wrong with it."""

from django.db import models
from django.utils import timezone

from .base import Record


class SourceTree(models.Model):
    """One immutable, content-addressed version of a source's code."""

    digest = models.CharField(primary_key=True, max_length=64)
    """SHA-256 over the sorted paths and contents, in hex."""
    archive = models.BinaryField(null=True)
    """The files as a compressed tar, so that any worker can unpack a tree it lacks; null for
    installed packages, which every worker has already."""
    label = models.CharField(max_length=200, blank=True)
    """For people: a short commit, ``inventory 1.2``."""
    specs = models.JSONField(default=dict)
    """What its job classes declare, by class path (`specs.job_from_json`); empty for versions
    that were last read before this was kept."""
    created = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(default=timezone.now, db_index=True)
    """When it was last read from its source, began to serve, or ceased to."""

    def __str__(self) -> str:
        return self.label or self.digest[:12]


class Source(Record):
    """A folder, an installed app or a Git repository, and the version that serves now."""

    key = models.CharField(max_length=120, unique=True)
    """``folder``, ``app:inventory``, ``git:slug``."""
    kind = models.CharField(max_length=10)
    """One of Job.SourceKind."""
    title = models.CharField(max_length=255, blank=True)
    tree = models.ForeignKey(SourceTree, models.PROTECT, null=True, related_name="sources")
    synced_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("key",)

    def __str__(self) -> str:
        return self.title or self.key


class SourceProblem(Record):
    """A finding of the last inspection of a source."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="problems")
    code = models.CharField(max_length=60)
    message = models.TextField()
    file = models.CharField(max_length=500, blank=True)
    line = models.PositiveIntegerField(default=0)
    severity = models.CharField(max_length=10, default="error")
    found_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("source", "file", "line")

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"
