"""What a job changes through the ORM is in the audit trail."""

from collections.abc import Callable
from typing import Any

from jobsmith.audit import seal, verify
from jobsmith.engines.inline import run_now
from jobsmith.models import JobResult, ObjectChange, SourceTree
from jobsmith.specs import to_json
from jobsmith_server.inventory.models import Site
from tests.support.factories import make_job, make_spec, make_user

from .conftest import WorkerProgram

Make = Callable[..., JobResult]
Finish = Callable[..., JobResult]


def run(make_result: Make, name: str, **fields: Any) -> JobResult:
    result = make_result(name, class_path=f"trail.{name}", **fields)
    run_now(result)
    assert result.status == "SUCCESS", result.traceback
    return result


def trail(**wanted: Any) -> list[tuple[str, str, str]]:
    rows = ObjectChange.objects.filter(**wanted).order_by("time", "pk")
    return list(rows.values_list("object_label", "object_repr", "action"))


def test_changes_are_noted_as_the_users_and_as_one_run(make_result: Make) -> None:
    olga = make_user("olga")
    result = run(make_result, "Changes", user=olga)
    assert trail() == [
        ("inventory.site", "Hall", "create"),
        ("inventory.device", "sw1", "create"),
        ("inventory.site", "Hall", "update"),
        ("inventory.device", "sw1", "delete"),
        ("inventory.site", "Hall", "delete"),
    ]
    told = ObjectChange.objects.values_list(
        "user", "user_name", "change_context", "change_context_detail", "request_id"
    )
    assert set(told) == {(olga.pk, "olga", "job", "trail.Changes", result.pk)}
    assert len(trail(awaits_hooks=True)) == 5
    edited = ObjectChange.objects.get(action="update")
    assert edited.before is not None
    assert edited.after is not None
    assert (edited.before["city"], edited.after["city"]) == ("", "Berlin")
    assert seal() == 5
    assert verify().broken_at is None


def test_the_processes_of_a_worker_watch_too(
    start_worker: Callable[..., WorkerProgram], make_result: Make, finish: Finish, method: str
) -> None:
    start_worker(method)
    assert finish(make_result("Changes", class_path="trail.Changes")).status == "SUCCESS"
    assert len(trail(user_name="", change_context="job")) == 5


def test_what_is_rolled_back_leaves_no_note(make_result: Make) -> None:
    run(make_result, "RollsBack", task_kwargs={"dryrun": True})
    assert trail() == [("inventory.site", "Kept", "create")]
    assert Site.objects.get().name == "Kept"


def test_relations_are_noted_from_either_side(make_result: Make) -> None:
    job = make_job()
    run(make_result, "Tags")
    rows = ObjectChange.objects.filter(object_label="jobsmith.job").order_by("time", "pk")
    tags = [len(each.after["tags"]) for each in rows if each.after is not None]
    assert tags == [1, 0, 1, 0]
    assert {each.changed_object_id for each in rows} == {str(job.pk)}
    assert trail(object_label="jobsmith.tag") == [("jobsmith.tag", "red", "create")]


def test_a_new_secret_is_noted_and_not_told(make_result: Make) -> None:
    olga = make_user("olga")
    run(make_result, "ChangesPassword", user=olga)
    change = ObjectChange.objects.get()
    olga.refresh_from_db()
    assert (change.action, change.changed_object_id) == ("update", str(olga.pk))
    assert change.before == change.after
    assert change.after is not None
    assert change.after["password"] == "(hidden)"


def test_threads_of_a_job_are_watched(make_result: Make) -> None:
    olga = make_user("olga")
    run(make_result, "InThreads", user=olga)
    assert sorted(trail(user=olga, change_context="job")) == [
        ("inventory.site", "s0", "create"),
        ("inventory.site", "s1", "create"),
    ]


def test_changes_of_a_job_hook_are_told_apart(make_result: Make) -> None:
    result = make_result("Changes", class_path="trail.Changes")
    spec = to_json(make_spec("Changes", is_job_hook_receiver=True))
    SourceTree.objects.filter(pk=result.source_digest).update(specs={"trail.Changes": spec})
    run_now(result)
    assert (result.status, len(trail(change_context="job-hook"))) == ("SUCCESS", 5)
    assert trail(awaits_hooks=True) == []  # so that nothing goes round in circles


def test_saves_wait_for_their_turn_while_the_log_is_written(
    start_worker: Callable[..., WorkerProgram], make_result: Make, finish: Finish
) -> None:
    start_worker()
    path = "trail.SavesInTransactions"
    result = finish(make_result("SavesInTransactions", class_path=path), 60)
    assert result.status == "SUCCESS", result.traceback
    assert len(trail(object_label="inventory.site")) == 201
