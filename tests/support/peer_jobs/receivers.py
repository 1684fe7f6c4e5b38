"""Jobs that are started by a change or by a button."""

from nautobot.extras.jobs import JobButtonReceiver, JobHookReceiver, register_jobs
from nautobot.extras.models import ObjectChange


class WatchesChanges(JobHookReceiver):
    class Meta:
        name = "Watch changes"

    def receive_job_hook(self, change, action, changed_object):
        assert isinstance(change, ObjectChange)
        return [action, str(changed_object)]


class GreetsARecord(JobButtonReceiver):
    def receive_job_button(self, obj):
        return f"Hello {obj}"


class ForgotItsMethod(JobButtonReceiver):
    pass


register_jobs(WatchesChanges, GreetsARecord, ForgotItsMethod)
