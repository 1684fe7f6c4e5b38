"""Settings of the processes that are broken on purpose: the server's, and whoever watches."""

from jobsmith_server.settings.base import *  # noqa: F403
from jobsmith_server.settings.base import INSTALLED_APPS, JOBSMITH

INSTALLED_APPS = [*INSTALLED_APPS, "tests.chaos.apps.ChaosConfig"]
JOBSMITH["TRACKED_MODELS"] = ("inventory",)
