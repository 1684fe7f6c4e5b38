"""Git repositories that jobs come from."""

from django.db import models

from .base import ChangeLogged
from .tag import Tag


class GitRepository(ChangeLogged):
    """A remote repository whose commits are synced into job sources."""

    name = models.CharField(max_length=255, unique=True)
    slug = models.SlugField(max_length=255, unique=True)
    remote_url = models.URLField(max_length=255)
    branch = models.CharField(max_length=255, default="main")
    current_head = models.CharField(max_length=48, blank=True, editable=False)
    provided_contents = models.JSONField(default=list, blank=True)
    tags = models.ManyToManyField(Tag, blank=True, related_name="git_repositories")

    class Meta:
        ordering = ("name",)
        verbose_name_plural = "Git repositories"

    def __str__(self) -> str:
        return self.name
