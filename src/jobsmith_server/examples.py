"""Where the example jobs lie, and whether they are the ones being served."""

import os
from pathlib import Path

_PLACES = (
    Path(__file__).resolve().parents[2] / "examples" / "jobs",  # a clone
    Path(__file__).resolve().parent / "example_jobs",  # an installed wheel
)


def examples_folder() -> Path | None:
    """The folder of example jobs, or None where they were not shipped."""
    return next((place for place in _PLACES if place.is_dir()), None)


def serves_examples() -> bool:
    """Whether the example jobs, and the inventory app they work on, are in use.

    They are where no other folder of jobs was named; ``JOBSMITH_EXAMPLES`` (1 or 0) overrides.
    """
    wanted = os.environ.get("JOBSMITH_EXAMPLES", "")
    if wanted:
        return wanted not in {"0", "false", "no"}
    root = os.environ.get("JOBSMITH_JOBS_ROOT", "")
    return not root or Path(root).resolve() == examples_folder()
