"""Jobs that tell in which order their hooks are called, and with what."""

from billiard.einfo import ExceptionInfo
from celery.utils.log import get_task_logger
from nautobot.apps.jobs import IntegerVar, Job, register_jobs
from nautobot.extras.choices import JobResultStatusChoices

logger = get_task_logger(__name__)


def told(value):
    return type(value).__name__ if isinstance(value, Exception) else repr(value)


class TellsItsHooks(Job):
    number = IntegerVar(default=1)

    class Meta:
        has_sensitive_variables = False

    def before_start(self, task_id, args, kwargs):
        self.calls = [f"before_start {task_id == self.request.id} {args} {kwargs}"]

    def on_success(self, retval, task_id, args, kwargs):
        self.calls.append(f"on_success {told(retval)} {task_id == self.request.id} {kwargs}")

    def on_failure(self, exc, task_id, args, kwargs, einfo):
        is_info = isinstance(einfo, ExceptionInfo)
        self.calls.append(f"on_failure {told(exc)} {kwargs} {einfo if einfo is None else is_info}")

    def after_return(self, status, retval, task_id, args, kwargs, einfo):
        same = {
            "success": status is JobResultStatusChoices.STATUS_SUCCESS,
            "failure": status is JobResultStatusChoices.STATUS_FAILURE,
        }
        self.calls.append(f"after_return {same} {told(retval)} {einfo is None}")
        for call in self.calls:
            logger.info(call, extra={"grouping": "hooks"})

    def run(self, number):
        self.calls.append(f"run {number}")
        return number


class TellsOfItsException(TellsItsHooks):
    def run(self, number):
        raise ValueError("seven", number)


class TellsThatItFailed(TellsItsHooks):
    def run(self, number):
        self.fail("Not today.")
        return "what was done"


class WillNotStart(TellsItsHooks):
    def before_start(self, task_id, args, kwargs):
        super().before_start(task_id, args, kwargs)
        self.fail("Closed on Sundays.")
        return "was closed"


class StumblesAtTheEnd(Job):
    def run(self):
        return "well done"

    def on_success(self, retval, task_id, args, kwargs):
        raise RuntimeError("one step too many")


register_jobs(TellsItsHooks, TellsOfItsException, TellsThatItFailed, WillNotStart, StumblesAtTheEnd)
