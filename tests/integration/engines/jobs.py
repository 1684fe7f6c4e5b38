"""Jobs that each show one thing about the engine that runs them."""

import time

from jobsmith.jobs import Job, StringVar, register_jobs


class OnAnyQueue(Job):
    class Meta:
        task_queues = ["first", "second", "nobody"]


class Tell(OnAnyQueue):
    text = StringVar()

    def run(self, text):
        self.logger.info("told %s", text)
        return text


class Sleep(OnAnyQueue):
    def run(self):
        self.logger.info("asleep")
        time.sleep(120)


class Nap(OnAnyQueue):
    def run(self):
        self.logger.info("asleep")
        time.sleep(2)
        return "rested"


class Fail(OnAnyQueue):
    def run(self):
        raise ValueError("no luck")


class Overrun(OnAnyQueue):
    class Meta(OnAnyQueue.Meta):
        soft_time_limit = 0
        time_limit = 1

    def run(self):
        time.sleep(120)


class Flaky(OnAnyQueue):
    class Meta(OnAnyQueue.Meta):
        retry_on = ConnectionError
        retry_backoff = 0.1

    def run(self):
        self.logger.info("told %s", self.attempt)
        if self.attempt < 3:
            raise ConnectionRefusedError("not yet")
        return self.attempt


register_jobs(Tell, Sleep, Nap, Fail, Overrun, Flaky)
