"""Has changes of the inventory noted in the process of a test."""

from typing import Any

from jobsmith.audit import follow_setting


def track(settings: Any, *labels: str) -> None:
    """As ``TRACKED_MODELS`` says, until the test has ended."""
    settings.JOBSMITH = {**settings.JOBSMITH, "TRACKED_MODELS": labels or ("inventory",)}
    follow_setting()
