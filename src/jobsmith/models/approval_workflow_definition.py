"""Which requests need approval."""

from typing import ClassVar

from django.contrib.contenttypes.models import ContentType
from django.db import models

from .base import ChangeLogged
from .natural import Named


class ApprovalWorkflowDefinition(Named, ChangeLogged):
    """Says which scheduled jobs need approval, and in its stages by whom."""

    name = models.CharField(max_length=255, unique=True)
    model_content_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+")
    """What it is about: scheduled jobs."""
    model_constraints = models.JSONField(default=dict, blank=True)
    """Lookups that must all match; an empty object matches every request."""
    weight = models.PositiveIntegerField(default=0)
    """Of those that match, the one with the highest weight decides."""

    class Meta:
        ordering = ("-weight", "name")
        constraints: ClassVar = (
            models.UniqueConstraint(
                fields=("model_content_type", "weight"), name="jobsmith_one_definition_a_weight"
            ),
        )

    def __str__(self) -> str:
        return self.name
