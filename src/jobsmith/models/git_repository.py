"""Git repositories that jobs come from."""

from django.conf import settings
from django.db import models

from jobsmith.isolation import LABELS, Isolation

from .base import ChangeLogged
from .natural import Named
from .tag import Tag

JOBS = "extras.job"
"""What a repository provides if its jobs are to be read."""
WHAT = ("remote_url", "branch", "subfolder")
"""What it is that is synced: where one of these changes, no commit is known any more."""


class GitRepository(Named, ChangeLogged):
    """A remote repository whose commits are synced into job sources."""

    name = models.CharField(max_length=255, unique=True)
    slug = models.SlugField(max_length=255, unique=True)
    """Name of the package that its jobs are in; it stays."""
    remote_url = models.CharField(max_length=255)
    """``https://``, ``http://``, ``ssh://``, or like ``git@host:path``."""
    branch = models.CharField(max_length=255, default="main")
    """A branch, a tag or a commit."""
    subfolder = models.CharField(max_length=255, blank=True)
    """The folder that is the package; "" means the whole repository."""
    username = models.CharField(max_length=255, blank=True)
    """For servers that want one beside the token, or beside the key."""
    sealed_token = models.TextField(blank=True, editable=False)
    """`inputs.vault` sealed it; never shown."""
    sealed_key = models.TextField(blank=True, editable=False)
    """The private key for SSH, sealed too."""
    sealed_webhook_secret = models.TextField(blank=True, editable=False)
    """By which the server signs that somebody pushed, sealed too; "" takes no such message."""
    host_key = models.CharField(max_length=1000, blank=True)
    """Fingerprint of the key that the SSH server has to show; a sync pins the first it sees."""
    current_head = models.CharField(max_length=48, blank=True, editable=False)
    """The commit that serves."""
    tried_head = models.CharField(max_length=48, blank=True, editable=False)
    """The commit of the last sync, also where it does not load."""
    retry_at = models.DateTimeField(null=True, editable=False)
    """When a poll tries that commit again; null where its sync came to an end with it."""
    poll_seconds = models.PositiveIntegerField(default=0)
    """How often the server is asked for a new commit; 0 means never."""
    next_poll_at = models.DateTimeField(null=True, editable=False, db_index=True)
    """When it is asked next; schedulers claim that time."""
    looked_at = models.DateTimeField(null=True, editable=False)
    """When it was asked last."""
    look_failure = models.CharField(max_length=500, blank=True, editable=False)
    """Why that came to nothing, in a sentence."""
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    """Who saved it last: in their name it syncs by itself."""
    provided_contents = models.JSONField(default=list, blank=True)
    """What to read of it: labels such as ``extras.job``."""
    isolation = models.CharField(
        max_length=10, choices=[*LABELS.items()], default=Isolation.PROCESS.value
    )
    """How far its runs are kept from everything else."""
    tags = models.ManyToManyField(Tag, blank=True, related_name="git_repositories")

    @property
    def provides_jobs(self) -> bool:
        """Whether its jobs are to be read."""
        return JOBS in self.provided_contents

    @property
    def bares_token(self) -> bool:
        """Whether the token travels unencrypted."""
        return bool(self.sealed_token) and self.remote_url.lower().startswith("http://")

    def unchanged(self) -> models.QuerySet["GitRepository"]:
        """The row, as long as it means what it meant when it was read."""
        what = {name: getattr(self, name) for name in WHAT}
        return GitRepository.objects.filter(pk=self.pk, **what)

    class Meta:
        ordering = ("name",)
        verbose_name_plural = "Git repositories"

    def __str__(self) -> str:
        return self.name
