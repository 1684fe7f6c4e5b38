"""The user model: it belongs to the project, not to the library."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person or program that may sign in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
