"""A worker as a program: ``python -m tests.integration.runner.worker_program QUEUE SLOTS``."""

import json
import os
import signal
import sys

import django
from django.conf import settings

django.setup()
settings.JOBSMITH = settings.JOBSMITH | json.loads(os.environ.get("TEST_JOBSMITH", "{}"))

from jobsmith.conf import conf  # noqa: E402
from jobsmith.engines import StopMode, engine  # noqa: E402

conf.cache_clear()
modes: list[StopMode] = []
signal.signal(signal.SIGTERM, lambda *_: modes.append(StopMode.DRAIN))
signal.signal(signal.SIGINT, lambda *_: modes.append(StopMode.NOW))
sys.exit(
    engine().run_worker(
        queues=[sys.argv[1]],
        slots=int(sys.argv[2]),
        name="",
        stop=lambda: modes[-1] if modes else StopMode.GO_ON,
    )
)
