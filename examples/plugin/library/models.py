"""What the library knows."""

from django.db import models


class Book(models.Model):
    """A book, and who has it."""

    title = models.CharField(max_length=200, unique=True)
    reader = models.CharField(max_length=100, blank=True)
    due = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("title",)

    def __str__(self) -> str:
        return self.title
