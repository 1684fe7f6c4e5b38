"""What commands tell of a Git repository, by the names that REST has for it."""

from datetime import datetime
from typing import Any

from jobsmith import policies
from jobsmith.models import GitRepository, Tag
from jobsmith.policies import Actor
from jobsmith.sources.base import repository as ref_of

SHOWN = ("name", "slug", "branch", "current_head", "isolation", "looked_at", "look_failure")
"""Columns of the list."""


def told(row: GitRepository) -> dict[str, Any]:
    """The record; of its secrets only whether there are any."""
    return {
        "id": str(row.pk),
        "name": row.name,
        "slug": row.slug,
        "remote_url": row.remote_url,
        "branch": row.branch,
        "subfolder": row.subfolder,
        "current_head": row.current_head,
        "provided_contents": row.provided_contents,
        "username": row.username,
        "has_token": bool(row.sealed_token),
        "has_private_key": bool(row.sealed_key),
        "has_webhook_secret": bool(row.sealed_webhook_secret),
        "host_key": row.host_key,
        "owner": str(row.owner) if row.owner else None,
        "poll_seconds": row.poll_seconds,
        "next_poll_at": _iso(row.next_poll_at),
        "looked_at": _iso(row.looked_at),
        "look_failure": row.look_failure,
        "isolation": row.isolation,
    }


def told_whole(row: GitRepository, user: Actor) -> dict[str, Any]:
    """The same with its tags, jobs and problems, as far as they are in reach."""
    tags = policies.viewable(Tag, user).filter(git_repositories=row).order_by("name")
    jobs = policies.jobs(user).filter(git_repository=row).order_by("module_name", "job_class_name")
    problems = policies.problems(user).filter(source__key=ref_of(row).key)
    return {
        **told(row),
        "tags": [each.name for each in tags],
        "jobs": [{"job": each.class_path, "installed": each.installed} for each in jobs],
        "problems": [
            {name: getattr(each, name) for name in ("severity", "code", "file", "line", "message")}
            for each in problems
        ],
    }


def _iso(value: datetime | None) -> str | None:
    return value.isoformat(timespec="seconds") if value else None
