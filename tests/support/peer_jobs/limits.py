"""Jobs that take longer than they may."""

import time

from celery.exceptions import SoftTimeLimitExceeded
from nautobot.apps.jobs import Job, register_jobs


class TidiesUp(Job):
    class Meta:
        soft_time_limit = 1
        time_limit = 20

    def run(self):
        try:
            time.sleep(60)
        except SoftTimeLimitExceeded:
            self.logger.warning("Tidied up")
            raise


class NeverListens(Job):
    class Meta:
        soft_time_limit = 10
        time_limit = 1

    def run(self):
        time.sleep(60)


register_jobs(TidiesUp, NeverListens)
