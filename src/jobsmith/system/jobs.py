"""Syncs of Git repositories, as jobs."""

import logging
from typing import Any, ClassVar

from jobsmith import policies
from jobsmith.actions.pull_repository import pull_repository
from jobsmith.jobs import Job, ObjectVar, register_jobs

name = "System Jobs"
_LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class _Pull(Job):
    """What both have in common."""

    repository = ObjectVar(model="jobsmith.GitRepository", label="Git repository")
    dry: ClassVar[bool]

    def run(self, repository: Any) -> None:
        """Fetch the repository, for whoever asked for the run."""
        user = policies.as_of_now(self.user) if self.user else policies.nobody()
        pull_repository(repository, user=user, say=self._say, dry_run=self.dry)

    def _say(self, level: str, message: str, grouping: str, obj: object = None) -> None:
        self.logger.log(_LEVELS[level], message, extra={"grouping": grouping, "object": obj})


class GitRepositorySync(_Pull):
    """Fetch a Git repository and have its newest commit serve."""

    dry = False

    class Meta:
        name = "Git Repository: Sync"
        description = "Fetch a Git repository and have its newest commit serve, if it loads."
        hidden = True


class GitRepositoryDryRun(_Pull):
    """Fetch a Git repository and tell what a sync would do."""

    dry = True

    class Meta:
        name = "Git Repository: Dry-Run"
        description = "Fetch a Git repository and tell what a sync would do. Changes nothing."
        hidden = True
        read_only = True


register_jobs(GitRepositorySync, GitRepositoryDryRun)
