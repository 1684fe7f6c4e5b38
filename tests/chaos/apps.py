"""What is watched in each process of a site."""

import os
from datetime import timedelta

from django.apps import AppConfig


class ChaosConfig(AppConfig):
    """Watches the failpoints, and makes the times of a lease short where a test asks for that."""

    name = "tests.chaos"
    label = "chaos"

    def ready(self) -> None:
        from jobsmith import failpoints

        from . import points

        failpoints.watcher = points.reached
        if "CHAOS_LEASE" in os.environ:
            shorten(float(os.environ["CHAOS_LEASE"]))


def shorten(lease: float) -> None:
    """A lease of so many seconds, renewed and looked after as often as that takes."""
    from jobsmith.engines import local
    from jobsmith.runner import claims
    from jobsmith.scheduler import loop

    claims.LEASE = timedelta(seconds=lease)
    claims.RENEW_SECONDS = lease / 5
    local.RESCUE_SECONDS = loop.RESCUE_SECONDS = lease / 3
