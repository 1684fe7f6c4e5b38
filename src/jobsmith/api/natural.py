"""Natural slugs: a readable handle of a record that carries four digits of its key."""

import re

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import Group
from django.db import models

from jobsmith.models import (
    GitRepository,
    GraphQLQuery,
    Job,
    JobFile,
    JobLogEntry,
    JobQueue,
    JobQueueAssignment,
    ObjectPermission,
    ScheduledJob,
    Tag,
)

_NAMED = (Group, GitRepository, GraphQLQuery, JobQueue, ObjectPermission, ScheduledJob, Tag)
"""Kinds of record that a name tells apart."""

_SEPARATORS = re.compile(r"[^a-z0-9]+")


def natural_slug(record: models.Model) -> str:
    """The slug of a record as clients know it."""
    if isinstance(record, JobLogEntry):
        return "unknown"
    parts = [_slug(str(part)) for part in _natural_parts(record)]
    return "_".join([*parts, str(record.pk)[:4]])


def _natural_parts(record: models.Model) -> list[object]:
    if isinstance(record, Job):
        return [record.module_name, record.job_class_name]
    if isinstance(record, _NAMED):
        return [record.name]
    if isinstance(record, JobQueueAssignment):
        job = record.job
        return [job.module_name, job.job_class_name, record.job_queue.name]
    if isinstance(record, JobFile):
        return [record.name, record.uploaded_at]
    if isinstance(record, AbstractBaseUser):
        return [record.get_username()]
    return [record.pk]


def _slug(text: str) -> str:
    return _SEPARATORS.sub("-", text.lower()).strip("-")
