"""The jobs of a site. They write to a journal of their own, outside its database."""

import os
import time

from jobsmith.jobs import FloatVar, IntegerVar, Job, JobHookReceiver, register_jobs

BEAT = 0.2


class Journalled:
    def say(self, what, number):
        said = (what, self.request.id, number, os.getpid(), time.monotonic(), time.time())
        descriptor = os.open(os.environ["CHAOS_JOURNAL"], os.O_WRONLY | os.O_APPEND)
        os.write(descriptor, (" ".join(map(str, said)) + "\n").encode())
        os.fsync(descriptor)
        os.close(descriptor)


class Note(Journalled, Job):
    number = IntegerVar()
    seconds = FloatVar()

    def run(self, number, seconds):
        self.say("start", number)
        self.logger.info("start")
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(BEAT, left))
            self.say("beat", number)
            self.logger.info("beat")
        self.logger.info("end")
        self.say("end", number)
        return number


class Hear(Journalled, JobHookReceiver):
    def receive_job_hook(self, change, action, changed_object):
        number = int(changed_object.name.split("-")[1])
        self.say("start", number)
        self.say("end", number)


register_jobs(Note, Hear)
