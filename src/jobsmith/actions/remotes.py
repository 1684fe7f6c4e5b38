"""What an action needs to know of a repository to speak to its server."""

from datetime import datetime, timedelta

from django.utils import timezone

from jobsmith.inputs.vault import open_sealed
from jobsmith.models import GitRepository
from jobsmith.sources.git.fetch import Remote

RETRY = timedelta(minutes=10)
"""A commit that could not be fetched is fetched again by a poll, but not at each."""


def remote_of(repository: GitRepository) -> Remote:
    """Where to fetch from, with the secrets in clear; raises SealBroken."""
    return Remote(
        url=repository.remote_url,
        ref=repository.branch,
        subfolder=repository.subfolder,
        username=repository.username,
        token=open_sealed(repository.sealed_token).get("token", ""),
        private_key=open_sealed(repository.sealed_key).get("private_key", ""),
        host_key=repository.host_key,
    )


def next_try() -> datetime:
    """When a poll tries again what has failed now."""
    return timezone.now() + RETRY
