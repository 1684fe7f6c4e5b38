"""Words that people put on records."""

from django.contrib.contenttypes.models import ContentType
from django.core.validators import RegexValidator
from django.db import models

from .base import ChangeLogged
from .natural import Named


class Tag(Named, ChangeLogged):
    """A word with a colour."""

    name = models.CharField(max_length=255, unique=True)
    description = models.CharField(max_length=255, blank=True)
    color = models.CharField(
        max_length=6,
        default="9e9e9e",
        validators=[RegexValidator(r"\A[0-9a-f]{6}\Z", "Enter six hexadecimal digits.")],
    )
    """RGB in six hexadecimal digits, lower case, without ``#``."""
    content_types = models.ManyToManyField(ContentType, blank=True, related_name="+")
    """Kinds of record that may carry it; none means all."""

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
