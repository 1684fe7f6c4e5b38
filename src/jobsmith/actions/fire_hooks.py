"""Start job hooks for changes that nobody has looked at yet. Any number of processes may do so.

A change that waits is a row of the trail with ``awaits_hooks``. It is taken, answered and marked
in one transaction, so a process that is killed has either answered it or left it to the next.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import QuerySet

from jobsmith.context import changing
from jobsmith.errors import Busy, ChangerGone, JobsmithError
from jobsmith.failpoints import failpoint
from jobsmith.inputs.codec import CleanInputs
from jobsmith.models import HookFiring, Job, JobHook, JobResult, ObjectChange
from jobsmith.policies import Actor

from .enqueue_job import HOOK, Accepted, RunOptions, enqueue_many
from .transactions import changes, hold_each

BATCH = 500
"""Changes taken in one transaction."""
MARKED = 10_000
"""Changes marked in one query where there are no hooks."""
ROUNDS = 20
WAITS = "It waits for approval."
_KEY = ("request_id", "object_label", "changed_object_id")
"""What changes of one event have in common."""

Action = ObjectChange.Action
FLAGS = {
    Action.CREATE: "type_create",
    Action.UPDATE: "type_update",
    Action.DELETE: "type_delete",
}


@dataclass(slots=True, kw_only=True)
class _Event:
    """What became of one record in one request or transaction."""

    change: ObjectChange
    """The change that stands for all of them."""
    fields: set[str] = field(default_factory=set)
    """Columns that differ, where it is an update."""


def any_hooks() -> bool:
    """Whether there is anything to fire at all."""
    return JobHook.objects.filter(enabled=True).exists()


def fire_all() -> int:
    """Answer what waits, as far as that goes in one turn; how many changes."""
    total = 0
    for _ in range(ROUNDS):
        taken = fire_hooks()
        total += taken
        if taken < BATCH:
            break
    return total


def fire_hooks(limit: int = BATCH) -> int:
    """Answer up to so many changes, oldest first; how many were taken.

    Several changes of one record in one request or transaction are answered once. What firing
    itself changes, such as a request for approval, fires nothing. Raises Busy.
    """
    if not any_hooks():
        return _pass_by()
    with changes(), changing(door=ObjectChange.Context.JOB_HOOK, detail="job hooks"):
        taken = _take(limit)
        if taken:
            failpoint("hooks.taken")
        hooks = list(_hooks())  # not before: a hook is there before the changes it answers
        _fire(hooks, _events(taken, _differing(hooks, taken)))
        _mark(taken)
        if taken:
            failpoint("hooks.marked")
    if taken:
        failpoint("hooks.committed")
    return len(taken)


def _hooks() -> QuerySet[JobHook]:
    rows = JobHook.objects.filter(enabled=True).select_related("job__default_job_queue")
    return rows.prefetch_related("content_types").order_by("name")


def _waiting() -> QuerySet[ObjectChange]:
    return ObjectChange.objects.filter(awaits_hooks=True).order_by("time", "pk")


def _pass_by() -> int:
    """Changes that were there before the look at the hooks: later ones may have one."""
    keys = list(_waiting().values_list("pk", flat=True)[:MARKED])
    if any_hooks():
        return 0
    ObjectChange.objects.filter(pk__in=keys).update(awaits_hooks=False)
    return len(keys)


def _take(limit: int) -> list[ObjectChange]:
    """Changes that no other process takes now, with all that belong to the same events.

    Whoever holds the request of a change holds its events whole; what is read before that is
    only a guess.
    """
    guess = list(_waiting().values_list(*_KEY)[:limit])
    held = hold_each({request for request, _, _ in guess})
    events = {key for key in guess if key[0] in held}
    rows = _waiting().select_related("user").defer("before", "after")
    rows = rows.filter(request_id__in=held, changed_object_id__in={key for _, _, key in events})
    return [each for each in rows if _key(each) in events]


def _mark(taken: Sequence[ObjectChange]) -> None:
    ObjectChange.objects.filter(pk__in=[each.pk for each in taken]).update(awaits_hooks=False)


def _key(change: ObjectChange) -> tuple[Any, str, str]:
    return change.request_id, change.object_label, change.changed_object_id


def _events(taken: Iterable[ObjectChange], differing: Mapping[Any, set[str]]) -> list[_Event]:
    grouped: dict[Any, list[ObjectChange]] = defaultdict(list)
    for change in taken:
        grouped[_key(change)].append(change)
    return [_event(each, differing) for each in grouped.values()]


def _event(several: list[ObjectChange], differing: Mapping[Any, set[str]]) -> _Event:
    """A deletion stands for all before it, a creation for the edits that follow it."""
    last = several[-1]
    created = [each for each in several if each.action == Action.CREATE]
    if last.action == Action.DELETE:
        return _Event(change=last)
    if created:
        return _Event(change=created[-1])
    return _Event(
        change=last, fields=set().union(*(differing.get(each.pk, ()) for each in several))
    )


def _differing(hooks: Iterable[JobHook], taken: Iterable[ObjectChange]) -> dict[Any, set[str]]:
    """Of the changes of which some hook asks that: the columns that differ."""
    kinds = {kind.pk for each in hooks if each.changed_fields for kind in each.content_types.all()}
    keys = [each.pk for each in taken if each.changed_object_type_id in kinds]
    if not keys:
        return {}
    rows = ObjectChange.objects.filter(pk__in=keys, action=Action.UPDATE)
    told = rows.values_list("pk", "before", "after").iterator()
    return {pk: _columns(before or {}, after or {}) for pk, before, after in told}


def _columns(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {name for name in {**before, **after} if before.get(name) != after.get(name)}


def _fire(hooks: Iterable[JobHook], events: Sequence[_Event]) -> None:
    for hook in hooks:
        kinds = {each.pk for each in hook.content_types.all()}
        wanted = [each.change for each in events if _answers(hook, kinds, each)]
        for part in _parts(hook.job, wanted):
            _start(hook, part)


def _answers(hook: JobHook, kinds: set[Any], event: _Event) -> bool:
    change = event.change
    if change.changed_object_type_id not in kinds or not getattr(hook, _flag(change)):
        return False
    narrowed = hook.changed_fields and change.action == Action.UPDATE
    return not narrowed or not event.fields.isdisjoint(hook.changed_fields)


def _flag(change: ObjectChange) -> str:
    return FLAGS[Action(change.action)]


def _parts(job: Job, wanted: list[ObjectChange]) -> list[list[ObjectChange]]:
    """All at once, or one by one where the job's limit may refuse some of them."""
    if not wanted:
        return []
    return [[each] for each in wanted] if job.concurrency_limit else [wanted]


def _start(hook: JobHook, wanted: list[ObjectChange]) -> None:
    """A run for each change, or the reason why there is none."""
    runs = [each for each in wanted if _may_act(each)]
    _record(hook, [each for each in wanted if not _may_act(each)], ChangerGone())
    if not runs:
        return
    try:
        with transaction.atomic():
            asked = [(_actor(each), _inputs(each)) for each in runs]
            results = enqueue_many(hook.job, asked, RunOptions(door=HOOK))
            HookFiring.objects.bulk_create(
                _fired(hook, change, made) for change, made in zip(runs, results, strict=True)
            )
    except Busy:
        raise
    except JobsmithError as refusal:
        _record(hook, runs, refusal)


def _fired(hook: JobHook, change: ObjectChange, made: Accepted) -> HookFiring:
    """With its run, or known to the request, which will say what it has come to."""
    firing = HookFiring(hook=hook, change=change)
    if isinstance(made, JobResult):
        firing.job_result = made
        return firing
    firing.skipped = WAITS
    made.asked = {**made.asked, "firing": str(firing.pk)}
    made.save(update_fields=["asked"])
    return firing


def _record(hook: JobHook, wanted: Iterable[ObjectChange], refusal: JobsmithError) -> None:
    HookFiring.objects.bulk_create(
        HookFiring(hook=hook, change=each, skipped=refusal.message[:200]) for each in wanted
    )


def _may_act(change: ObjectChange) -> bool:
    """Nobody made a change of plain code; somebody who is gone cannot have anything run."""
    if change.user is not None:
        return bool(change.user.is_active)
    return not change.user_name


def _actor(change: ObjectChange) -> Actor:
    return change.user or AnonymousUser()


def _inputs(change: ObjectChange) -> CleanInputs:
    return CleanInputs(values={"object_change": change})
