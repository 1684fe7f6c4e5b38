"""A button on the page of a record that runs a job for it."""

from django.contrib.contenttypes.models import ContentType
from django.db import models

from .base import ChangeLogged
from .job import Job
from .natural import Named


class JobButton(Named, ChangeLogged):
    """Which job, on which kinds of record, and how the button looks."""

    class Look(models.TextChoices):
        """How the button looks; the values are the wire's."""

        DEFAULT = "default", "Plain"
        PRIMARY = "primary", "Primary"
        SUCCESS = "success", "Success"
        INFO = "info", "Information"
        WARNING = "warning", "Warning"
        DANGER = "danger", "Danger"
        LINK = "link", "Link"

    name = models.CharField(max_length=255, unique=True)
    content_types = models.ManyToManyField(ContentType, related_name="+")
    enabled = models.BooleanField(default=True)
    text = models.CharField(max_length=500)
    """What the button says, as `jobsmith.texts` reads it; where it renders to nothing, there is
    no button."""
    job = models.ForeignKey(Job, models.CASCADE)
    weight = models.PositiveSmallIntegerField(default=100)
    """Lower ones stand first."""
    group_name = models.CharField(max_length=255, blank=True)
    """Buttons of one group stand in one menu."""
    button_class = models.CharField(max_length=10, choices=Look.choices, default=Look.DEFAULT)
    confirmation = models.BooleanField(default=True)
    """Whether to ask before it runs."""

    class Meta:
        ordering = ("group_name", "weight", "name")

    def __str__(self) -> str:
        return self.name
