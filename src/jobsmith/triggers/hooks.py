"""Fires job hooks right after a commit, in the process that changed something.

Only a hint, so that they start at once: schedulers fire whatever is left.
"""

import logging

from jobsmith.actions.fire_hooks import any_hooks, fire_hooks
from jobsmith.database import DATABASE_FAULTS
from jobsmith.errors import JobsmithError

logger = logging.getLogger("jobsmith.triggers")

AT_ONCE = 5
"""Changes looked at in the process that made them: a request shall not wait for a storm, and
not for what others have left."""


def after_commit() -> None:
    """Fire what this transaction, or any other, has left. Never fails who changed something."""
    try:
        if any_hooks():
            fire_hooks(AT_ONCE)
    except (*DATABASE_FAULTS, JobsmithError) as error:
        logger.warning("Job hooks wait for a scheduler: %s", error)
