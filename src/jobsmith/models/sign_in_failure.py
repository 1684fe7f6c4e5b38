"""Failed attempts to sign in."""

from django.db import models
from django.utils import timezone

from .base import Record


class SignInFailure(Record):
    """One wrong password; kept in the database so that all web processes count together."""

    user_name = models.CharField(max_length=150, db_index=True)
    """As typed, in lower case; not necessarily a user's."""
    address = models.GenericIPAddressField(null=True, db_index=True)
    time = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        ordering = ("-time",)

    def __str__(self) -> str:
        return f"{self.user_name} at {self.time}"
