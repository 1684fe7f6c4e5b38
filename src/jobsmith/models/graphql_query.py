"""GraphQL queries that are kept to be run again."""

from django.db import models
from django.utils.text import slugify

from .base import ChangeLogged
from .natural import Named


class GraphQLQuery(Named, ChangeLogged):
    """A named query."""

    name = models.CharField(max_length=255, unique=True)
    query = models.TextField()
    variables = models.JSONField(default=dict, blank=True)
    """Default values of its variables."""

    class Meta:
        ordering = ("name",)
        verbose_name = "GraphQL query"
        verbose_name_plural = "GraphQL queries"

    def __str__(self) -> str:
        return self.name

    @property
    def slug(self) -> str:
        """The name as clients put it into addresses."""
        return slugify(self.name)
