"""Every change is noted in its own transaction, and the notes are sealed."""

import uuid
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import transaction

from jobsmith.actions.cancel_result import cancel_result
from jobsmith.actions.delete_job import delete_job
from jobsmith.actions.delete_record import delete_record
from jobsmith.actions.delete_result import delete_result
from jobsmith.actions.override_job import edit_job
from jobsmith.actions.save_record import create_record, update_record
from jobsmith.actions.tokens import create_token, revoke_token
from jobsmith.audit import seal, snapshot, verify
from jobsmith.context import changing
from jobsmith.errors import InputsRefused, NotAllowed, StillNeeded
from jobsmith.models import Job, JobQueue, JobResult, ObjectChange, ScheduledJob
from tests.support.factories import grant, make_admin, make_job, make_result, make_user

pytestmark = pytest.mark.django_db
seal_module: Any = import_module("jobsmith.audit.seal")


def last() -> ObjectChange:
    change = ObjectChange.objects.order_by("time", "pk").last()
    assert change is not None
    return change


def test_create_update_and_delete_are_noted_with_who_and_where() -> None:
    admin = make_admin()
    request_id = uuid.uuid4()
    with changing(door="web", detail="extras-api:jobqueue-list", request_id=request_id):
        queue = create_record(JobQueue, user=admin, values={"name": "fast"})
    made = last()
    assert (made.action, made.user, made.user_name) == ("create", admin, "admin")
    assert (made.change_context, made.change_context_detail, made.request_id) == (
        "web",
        "extras-api:jobqueue-list",
        request_id,
    )
    assert made.before is None
    assert made.after is not None
    assert made.after["name"] == "fast"
    assert str(made) == "Jobsmith | jobqueue fast created by admin"

    update_record(queue, user=admin, values={"description": "For the impatient"})
    edited = last()
    assert edited.before is not None
    assert edited.after is not None
    assert (edited.before["description"], edited.after["description"]) == ("", "For the impatient")

    pk = str(queue.pk)
    delete_record(queue, user=admin)
    gone = last()
    assert (gone.action, gone.changed_object_id, gone.after) == ("delete", pk, None)


def test_a_refused_change_leaves_no_note() -> None:
    admin = make_admin()
    create_record(JobQueue, user=admin, values={"name": "fast"})
    before = ObjectChange.objects.count()
    with pytest.raises(InputsRefused) as refused:
        create_record(JobQueue, user=admin, values={"name": "fast"})
    assert "name" in refused.value.errors
    with pytest.raises(NotAllowed):
        create_record(JobQueue, user=make_user(), values={"name": "slow"})
    job = make_job()
    with pytest.raises(StillNeeded, match="1 dependent objects were found: Ping"):
        delete_record(job.default_job_queue, user=admin)
    assert ObjectChange.objects.count() == before
    assert JobQueue.objects.filter(pk=job.default_job_queue.pk).exists()


def test_a_change_may_not_lead_out_of_ones_own_reach() -> None:
    user = make_user()
    job = make_job()
    grant(user, "change", Job, {"enabled": True})
    with pytest.raises(NotAllowed, match="out of your own reach"):
        edit_job(job, user=user, values={"enabled": False}, overrides={})
    job.refresh_from_db()
    assert job.enabled
    grant(user, "add", JobQueue, {"name__startswith": "team-"})
    user = type(user)._default_manager.get(pk=user.pk)
    with pytest.raises(NotAllowed):
        create_record(JobQueue, user=user, values={"name": "other"})
    assert create_record(JobQueue, user=user, values={"name": "team-a"}).pk
    assert ObjectChange.objects.count() == 1


def test_edits_of_jobs_cancels_and_deletions_of_runs_are_noted() -> None:
    admin, job = make_admin(), make_job()
    edit_job(job, user=admin, values={"enabled": False}, overrides={})
    assert last().after["enabled"] is False  # type: ignore[index]
    run = make_result(job, user=admin)
    cancel_result(run, user=admin)
    assert (last().before["status"], last().after["status"]) == ("PENDING", "REVOKED")  # type: ignore[index]
    delete_result(run, user=admin)
    assert (last().action, last().object_label) == ("delete", "jobsmith.jobresult")


def test_a_deleted_job_leaves_its_runs_and_switches_its_schedules_off() -> None:
    admin, job = make_admin(), make_job()
    run = make_result(job, user=admin)
    schedule = ScheduledJob.objects.create(
        name="nightly", task=job.class_path, job_model=job, interval="daily"
    )
    delete_job(job, user=admin)
    run.refresh_from_db()
    schedule.refresh_from_db()
    assert run.job_model is None
    assert (schedule.job_model, schedule.enabled, schedule.state) == (None, False, "errored")
    assert schedule.state_reason == "The job Ping was deleted."
    labels = list(ObjectChange.objects.order_by("time", "pk").values_list("object_label", "action"))
    assert labels == [
        ("jobsmith.scheduledjob", "update"),
        ("jobsmith.jobqueueassignment", "delete"),
        ("jobsmith.job", "delete"),
    ]


def test_secrets_never_reach_the_trail() -> None:
    user = make_user()
    token, text = create_token(user)
    revoke_token(user, str(token))
    run = make_result(sealed_kwargs="c2VjcmV0", user=user)
    told = str([list(ObjectChange.objects.values()), snapshot(user), snapshot(run)])
    assert text.partition(".")[2] not in told
    assert token.secret_hash not in told
    assert user.password not in told
    assert "c2VjcmV0" not in told
    assert snapshot(user)["password"] == "(hidden)"


def test_a_note_is_never_saved_again() -> None:
    create_record(JobQueue, user=make_admin(), values={"name": "fast"})
    with pytest.raises(Exception, match=r"(?i)unique"), transaction.atomic():
        last().save()


def queues(count: int) -> list[Any]:
    admin = make_admin()
    return [create_record(JobQueue, user=admin, values={"name": f"q{n}"}) for n in range(count)]


def test_the_chain_holds_and_counts_what_waits() -> None:
    queues(5)
    assert seal(limit=3) == 3
    assert (verify().sealed, verify().unsealed) == (3, 2)
    assert seal() == 2
    assert seal() == 0
    verdict = verify()
    assert (verdict.sealed, verdict.unsealed, verdict.broken_at) == (5, 0, None)
    assert verdict.head == ObjectChange.objects.get(seal_number=5).seal


def test_a_sealer_that_is_late_never_seals_a_row_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one did not see the older row yet: it was not committed."""
    queues(2)
    newer, older = ObjectChange.objects.order_by("time", "pk")
    ObjectChange.objects.filter(pk=newer.pk).update(time=older.time + timedelta(seconds=1))
    newer.refresh_from_db()
    first = seal_module._digest("", 1, newer)

    def meanwhile(*given: Any) -> str:
        monkeypatch.undo()
        ObjectChange.objects.filter(pk=newer.pk).update(seal_number=1, seal=first)
        return seal_module._digest(*given)

    monkeypatch.setattr(seal_module, "_digest", meanwhile)
    assert seal() == 0
    assert ObjectChange.objects.get(seal_number=1) == newer
    assert seal() == 1
    assert (verify().sealed, verify().broken_at) == (2, None)
    assert ObjectChange.objects.get(seal_number=2) == older


@pytest.mark.parametrize(
    "tampering",
    [
        lambda row: ObjectChange.objects.filter(pk=row.pk).update(user_name="nobody"),
        lambda row: ObjectChange.objects.filter(pk=row.pk).update(after={"name": "other"}),
        lambda row: ObjectChange.objects.filter(pk=row.pk).delete(),
        lambda row: ObjectChange.objects.filter(pk=row.pk).update(seal="0" * 64),
    ],
)
def test_tampering_breaks_the_chain_where_it_was_done(tampering: Any) -> None:
    queues(5)
    seal()
    tampering(ObjectChange.objects.get(seal_number=3))
    assert verify().broken_at == 3


def test_deleting_a_user_or_kind_of_record_does_not_break_the_chain() -> None:
    queues(2)
    seal()
    ObjectChange.objects.update(user=None, changed_object_type=None)
    assert verify().broken_at is None


def test_runs_are_not_noted_one_by_one() -> None:
    """A run is its own record; the trail would hold everything twice."""
    make_result()
    assert JobResult.objects.count() == 1
    assert ObjectChange.objects.count() == 0


def test_secrets_within_json_stay_out_of_the_trail() -> None:
    result = make_result(make_job())
    JobResult.objects.filter(pk=result.pk).update(
        result={"token": "tok-12345678", "text": "password=hunter22", "left": "plain"}
    )
    result.refresh_from_db()
    shown = str(snapshot(result))
    assert "tok-12345678" not in shown
    assert "hunter22" not in shown
    assert "plain" in shown
