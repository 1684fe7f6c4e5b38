"""Windows of time in which schedules start nothing."""

from django.db import models

from .base import ChangeLogged
from .natural import Named


class BlackoutCalendar(Named, ChangeLogged):
    """Such windows, by the wall clock of one zone."""

    name = models.CharField(max_length=255, unique=True)
    description = models.TextField(blank=True)
    time_zone = models.CharField(max_length=63, default="UTC")
    windows = models.JSONField(default=list, blank=True)
    """Texts such as ``fri 18:00 to mon 06:00``; `recurrence.blackout` says which."""

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
