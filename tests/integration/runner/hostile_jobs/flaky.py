"""Jobs that fail at first."""

import os
import time

from jobsmith.jobs import Job, register_jobs

GOOD = int(os.environ.get("TEST_GOOD_ATTEMPT", "2"))


class Refused(ConnectionError):
    pass


class Flaky(Job):
    def on_retry(self, exc, task_id, args, kwargs, einfo):
        self.logger.info("on_retry")

    def on_failure(self, exc, task_id, args, kwargs, einfo):
        self.logger.info("on_failure")

    def run(self):
        self.logger.info("attempt %s runs", self.attempt)
        print("printed by", self.attempt)
        self.progress(self.attempt, 9)
        if self.attempt < GOOD:
            raise Refused("nobody listens")
        return self.attempt


class Naps(Job):
    def run(self):
        self.logger.info("attempt %s naps", self.attempt)
        time.sleep(120 if self.attempt < GOOD else 0)
        return self.attempt


register_jobs(Flaky, Naps)
