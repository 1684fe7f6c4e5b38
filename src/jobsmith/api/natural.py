"""Natural slugs: a readable handle of a record that carries four digits of its key."""

import re

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import Group
from django.db import models

from jobsmith.models import JobFile, JobLogEntry
from jobsmith.models.natural import Named

_SEPARATORS = re.compile(r"[^a-z0-9]+")


def natural_slug(record: models.Model) -> str:
    """The slug of a record as clients know it."""
    if isinstance(record, JobLogEntry):
        return "unknown"
    parts = [_slug(str(part)) for part in _natural_parts(record)]
    return "_".join([*parts, str(record.pk)[:4]])


def _natural_parts(record: models.Model) -> list[object]:
    if isinstance(record, Named):
        return list(record.natural_key())
    if isinstance(record, Group):
        return [record.name]
    if isinstance(record, JobFile):
        return [record.name, record.uploaded_at]
    if isinstance(record, AbstractBaseUser):
        return [record.get_username()]
    return [record.pk]


def _slug(text: str) -> str:
    return _SEPARATORS.sub("-", text.lower()).strip("-")
