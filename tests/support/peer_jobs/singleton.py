"""One at a time."""

import time

from nautobot.apps.jobs import IntegerVar, Job, register_jobs


class OneAtATime(Job):
    seconds = IntegerVar(default=0)

    class Meta:
        is_singleton = True
        has_sensitive_variables = False

    def run(self, seconds):
        time.sleep(seconds)
        return "alone"


register_jobs(OneAtATime)
