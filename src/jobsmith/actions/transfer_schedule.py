"""Have a schedule run in another name."""

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError

from jobsmith import policies
from jobsmith.audit import note_change, snapshot
from jobsmith.errors import InputsRefused, NotAllowed, NotFound, ScheduleRefused
from jobsmith.inputs.objects import as_key
from jobsmith.models import Job, ScheduledJob
from jobsmith.policies import Actor, identity

from .ask_approval import ask_anew
from .edit_schedule import runnable_job
from .enqueue_job import may_run
from .save_schedule import EDITED, begin_anew, scheduled_inputs
from .transactions import changes, held

NOBODY = "There is no such user."
RIGHT = "transfer"
TO_OTHERS = "To have a schedule run in another user's name takes the right to transfer it."


def transfer_schedule(schedule: ScheduledJob, *, user: Actor, to: Actor) -> ScheduledJob:
    """Have it run in the name of ``to`` from now on; when it is due stays, so it does not run now.

    Takes the rights to change it and to run its job, and to choose another name than one's own the
    right to transfer it. Whoever gets it must be able to run the job with its inputs. Where it
    needs approval, it waits for that anew. Raises NotAllowed, NotFound, JobDisabled,
    JobNotInstalled, ScheduleRefused or Busy.
    """
    policies.require_on(user, "change", schedule)
    job = runnable_job(schedule, user)
    _require_transfer(schedule, user, to)
    if schedule.user_id == identity(to):
        raise ScheduleRefused({"user": [f"It runs in the name of {to.get_username()} already."]})
    _refuse_unfit(schedule, job, to)
    with changes():
        locked = held(schedule)
        before = snapshot(locked)
        locked.user_id = identity(to)
        begin_anew(locked)
        locked.save()
        ask_anew(locked, user=user, why=EDITED)
        note_change(locked, user=user, before=before)
    return locked


def may_transfer(schedule: ScheduledJob, user: Actor) -> bool:
    """Whether the user may choose in whose name it runs."""
    return policies.scoped(ScheduledJob, user, RIGHT).filter(pk=schedule.pk).exists()


def receiver(named: str, *, user: Actor) -> Actor:
    """Who was named, by name or id, among oneself and the users in sight; "" is oneself.

    Raises ScheduleRefused.
    """
    if named in ("", user.get_username()):
        return user
    model = get_user_model()
    rows = policies.oneself_or(policies.viewable(model, user), user)
    found: Actor | None = rows.filter(**{model.USERNAME_FIELD: named}).first()
    if found is None:
        try:
            found = rows.filter(pk=as_key(model, named)).first()
        except ValidationError:
            found = None
    if found is None:
        raise ScheduleRefused({"user": [NOBODY]})
    return found


def _require_transfer(schedule: ScheduledJob, user: Actor, to: Actor) -> None:
    if identity(to) != identity(user) and not may_transfer(schedule, user):
        raise NotAllowed(TO_OTHERS)


def _refuse_unfit(schedule: ScheduledJob, job: Job, to: Actor) -> None:
    """Raise ScheduleRefused where it would stop, or be refused, when it is due next."""
    name = to.get_username()
    if not to.is_active:
        raise ScheduleRefused({"user": [f"{name} may not sign in."]})
    try:
        may_run(job, to)
        scheduled_inputs(schedule, to)
    except (NotAllowed, NotFound) as error:
        raise ScheduleRefused({"user": [f"{name} may not run its job."]}) from error
    except InputsRefused as error:
        said = f"The job does not take its inputs from {name}: {', '.join(error.errors)}."
        raise ScheduleRefused({"user": [said]}) from error
