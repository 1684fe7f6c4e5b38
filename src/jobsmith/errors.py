"""Every refusal, each with a code and a sentence.

The docstring is the default sentence shown to people. Doors turn a refusal into a page, an HTTP
answer or an exit code, once each: `status` is the HTTP status they agree on.
"""

from collections.abc import Mapping, Sequence
from inspect import getdoc
from typing import ClassVar

RETRY_SECONDS = "5"
"""What every 503 says in ``Retry-After``."""


class JobsmithError(Exception):
    """Jobsmith could not do that."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400

    def __init__(self, message: str = "") -> None:
        self.message = message or (getdoc(type(self)) or "").split("\n")[0]
        super().__init__(self.message)


class NotAllowed(JobsmithError):
    """You do not have permission to perform this action."""

    code = "not_allowed"
    status = 403


class NotFound(JobsmithError):
    """No such record, or it is out of your reach."""

    code = "not_found"
    status = 404


class JobNotRunnable(JobsmithError):
    """This job cannot be run."""

    code = "job_not_runnable"


class JobDisabled(JobNotRunnable):
    """This job is not enabled to be run."""

    code = "job_disabled"
    status = 403


class JobNotInstalled(JobNotRunnable):
    """This job is not presently installed and cannot be run"""

    code = "job_not_installed"
    status = 405


class JobChanged(JobNotRunnable):
    """The job's inputs have changed since this form was made. Check them and try again."""

    code = "job_changed"
    status = 409


class InputsRefused(JobsmithError):
    """Some inputs were refused."""

    code = "inputs_refused"

    def __init__(self, errors: Mapping[str, Sequence[str]], message: str = "") -> None:
        """``errors`` maps variable names (or ``__all__``) to sentences."""
        super().__init__(message)
        self.errors = {name: list(sentences) for name, sentences in errors.items()}


class TooLarge(JobsmithError):
    """The request is too large."""

    code = "too_large"
    status = 413


class NotStorable(JobsmithError):
    """This holds text that no database can hold: a NUL, or half a surrogate pair."""

    code = "not_storable"


class TooDeep(JobsmithError):
    """This is nested too deeply. JSON may have 100 levels."""

    code = "too_deep"


class NotReadable(JobsmithError):
    """The request cannot be read: it is damaged, or has too many fields or files."""

    code = "not_readable"


class QueueRefused(JobsmithError):
    """That queue is not one of the job's queues."""

    code = "queue_refused"


class QueueDraining(JobsmithError):
    """The job's queue takes no new runs now: it is being drained."""

    code = "queue_draining"
    status = 409


class WorkerGone(JobsmithError):
    """This process takes no runs: it has stopped, or is no worker."""

    code = "worker_gone"
    status = 409


class PriorityRefused(JobsmithError):
    """A priority is a whole number from -100 to 100."""

    code = "priority_refused"


class LimitReached(JobsmithError):
    """As many runs of this job as may wait or go on do so."""

    code = "limit_reached"
    status = 409


class ScheduleRefused(JobsmithError):
    """The schedule was refused."""

    code = "schedule_refused"

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        """``errors`` maps what was asked of the schedule (``name``, ``crontab``) to sentences."""
        super().__init__(" ".join(each for sentences in errors.values() for each in sentences))
        self.errors = {name: list(sentences) for name, sentences in errors.items()}


class ChangerGone(JobsmithError):
    """Whoever made the change is gone or may not sign in any more."""

    code = "changer_gone"
    status = 409


class OwnerGone(JobsmithError):
    """Its owner is gone or may not sign in any more. Somebody else has to take it over."""

    code = "owner_gone"
    status = 409


class HookRefused(JobsmithError):
    """There is no hook here, or the message is not signed with its secret."""

    code = "hook_refused"
    status = 404


class KeyRefused(JobsmithError):
    """An Idempotency-Key has 1 to 255 visible ASCII characters."""

    code = "key_refused"


class KeyReused(JobsmithError):
    """This Idempotency-Key came with another request before. Send a new key."""

    code = "key_reused"
    status = 409


class NoWorker(JobsmithError):
    """No worker is listening on the job's queue. Start one and try again."""

    code = "no_worker"
    status = 503


class Busy(JobsmithError):
    """The database is busy. Nothing was changed; try again in a few seconds."""

    code = "busy"
    status = 503


class NoDatabase(JobsmithError):
    """The database does not answer. Try again later; the server log has the reason."""

    code = "no_database"
    status = 503


class NotSetUp(JobsmithError):
    """The database is not set up. Whoever runs this server must run `jobsmith migrate`."""

    code = "not_set_up"
    status = 503


class AlreadyFinal(JobsmithError):
    """Job is already finished. Nothing to do."""

    code = "already_final"
    status = 409


class OptionsUnavailable(JobsmithError):
    """The job's code did not answer in time, so its choices cannot be shown."""

    code = "options_unavailable"


class UnknownToken(JobsmithError):
    """Invalid token"""

    code = "unknown_token"
    status = 403


class SealBroken(JobsmithError):
    """Sealed inputs cannot be opened with the keys of this server."""

    code = "seal_broken"


class SourceBroken(JobsmithError):
    """The source could not be read."""

    code = "source_broken"


class SandboxMissing(JobsmithError):
    """The source of this job asks for a sandbox, and there can be none here."""

    code = "sandbox_missing"
    status = 503


class DatabaseWithheld(JobsmithError):
    """This code may not reach the database: its source is untrusted, or is only being read."""

    code = "database_withheld"
    status = 403


class PackagesMissing(JobsmithError):
    """The packages that this code asks for are not installed on this worker."""

    code = "packages_missing"


class CodeGone(JobsmithError):
    """The code of that run is no longer kept. Run the job with its current code."""

    code = "code_gone"
    status = 409


class CodeMissing(JobsmithError):
    """The code version of this run is not on this worker."""

    code = "code_missing"


class TooBroad(JobsmithError):
    """Too many records match to count or search them in time. Narrow the filter."""

    code = "too_broad"


class ChangedMeanwhile(JobsmithError):
    """Somebody has changed it since you opened this form."""

    code = "changed_meanwhile"
    status = 409
    SAID: ClassVar[str] = "has changed it since you opened this form"


class StillNeeded(JobsmithError):
    """Other records still need this one."""

    code = "still_needed"
    status = 409

    @classmethod
    def by(cls, records: Sequence[object]) -> "StillNeeded":
        """Names the records, as far as a sentence bears it."""
        names = ", ".join(str(each) for each in records[:10])
        count = len(records)
        return cls(f"Unable to delete object. {count} dependent objects were found: {names}")


class SignedOut(JobsmithError):
    """Sign in first."""

    code = "signed_out"
    status = 403


class BadBody(JobsmithError):
    """Send JSON with a query: {"query": "{ jobs { name } }"}."""

    code = "bad_body"


class WrongPassword(JobsmithError):
    """Invalid username/password."""

    code = "wrong_password"
    status = 403


class TooManyAttempts(JobsmithError):
    """Too many failed attempts to sign in. Wait a few minutes and try again."""

    code = "too_many_attempts"
    status = 429


class StillRunning(JobsmithError):
    """This run has not ended yet. Cancel it first."""

    code = "still_running"
    status = 409


class ApprovalNeeded(JobsmithError):
    """This needs approval before it runs."""

    code = "approval_needed"
    status = 409


class RequestChanged(JobsmithError):
    """What was asked for has changed since, so it waits for approval anew. Look at it again."""

    code = "request_changed"
    status = 409


class AlreadyDecided(JobsmithError):
    """This has been decided already."""

    code = "already_decided"


class NotItsTurn(JobsmithError):
    """An earlier stage has to be approved first."""

    code = "not_its_turn"


class AlreadyResponded(JobsmithError):
    """You have decided this stage already."""

    code = "already_responded"


class OwnRequest(JobsmithError):
    """You asked for this run, or it would run in your name: somebody else has to approve it."""

    code = "own_request"
    status = 403


class NotApprover(JobsmithError):
    """You are not among those who may decide this stage."""

    code = "not_approver"
    status = 403


class CannotStart(JobsmithError):
    """It cannot run as it was asked for, so it was not approved."""

    code = "cannot_start"
    status = 409


class NoDryRun(JobsmithError):
    """This job has no dry run."""

    code = "no_dry_run"
    status = 405


class CannotDeliver(JobsmithError):
    """The message cannot be sent."""

    code = "cannot_deliver"
    status = 409
