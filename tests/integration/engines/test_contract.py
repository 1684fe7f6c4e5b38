"""What holds whichever engine brings a run to its supervisor."""

import json
import signal
import uuid

import pytest

from jobsmith.models import JobResult, Worker
from tests.support.served import wait_until

from .conftest import QUEUES, Site, lines

pytestmark = pytest.mark.usefixtures("transactional_db")


def test_a_run_that_was_posted_runs_once_and_keeps_its_lines(site: Site) -> None:
    result = site.ended(site.post("Tell", text="it"))
    assert (result.status, result.result, result.attempt) == ("SUCCESS", "it", 1)
    assert lines(result) == ["told it"]


def test_a_job_that_raises_fails(site: Site) -> None:
    result = site.ended(site.post("Fail"))
    assert result.status == "FAILURE"
    assert "no luck" in result.traceback


def test_a_job_that_is_tried_again_succeeds_in_the_end(site: Site) -> None:
    result = site.ended(site.post("Flaky"))
    assert (result.status, result.result, len(result.attempts)) == ("SUCCESS", 3, 2)
    assert lines(result) == ["told 1", "told 2", "told 3"]


def test_a_job_that_overruns_its_limit_is_ended(site: Site) -> None:
    result = site.ended(site.post("Overrun"))
    assert (result.status, result.cause) == ("FAILURE", "time_limit")


def test_a_waiting_run_that_is_cancelled_never_starts(working: Site) -> None:
    result = working.post("Tell", text="never", queue="nobody")
    working.cancel(result)
    result = working.ended(result)
    assert (result.status, result.attempt, lines(result)) == ("REVOKED", 0, [])


def test_a_running_run_that_is_cancelled_is_ended(
    working: Site, caplog: pytest.LogCaptureFixture
) -> None:
    result = working.begun(working.post("Sleep"))
    working.cancel(result)
    assert working.ended(result).status == "REVOKED"
    assert "did not take a hint" not in caplog.text


def test_a_run_goes_to_a_worker_of_its_queue_and_to_no_other(working: Site) -> None:
    nobody = working.post("Tell", text="a", queue="nobody")
    second = working.ended(working.post("Tell", text="b", queue="second"))
    nobody.refresh_from_db()
    assert (second.status, nobody.status) == ("SUCCESS", "PENDING")


def test_of_runs_that_wait_the_most_urgent_start_first(working: Site) -> None:
    before = working.begun(working.post("Sleep"))
    low = working.post("Tell", text="low", priority=0)
    high = working.post("Tell", text="high", priority=3)
    middle = working.post("Tell", text="middle", priority=1)
    working.cancel(before)
    ended = [working.ended(each) for each in (low, high, middle)]
    begun = sorted(ended, key=lambda each: each.date_started)
    assert [each.result for each in begun] == ["high", "middle", "low"]


def test_a_worker_that_is_told_to_stop_lets_its_run_finish(working: Site) -> None:
    result = working.begun(working.post("Nap"))
    pid = working.process.pid
    assert working.end(signal.SIGTERM) == 0
    result.refresh_from_db()
    assert (result.status, result.result) == ("SUCCESS", "rested")
    row = Worker.objects.get(pid=pid)
    assert (row.state, row.last_words) == (
        *("stopped", "It was asked to stop, and had no run left."),
    )
    working.start()


def test_a_worker_that_is_told_twice_ends_its_run_and_keeps_those_that_wait(working: Site) -> None:
    result = working.begun(working.post("Sleep"))
    waits = working.post("Tell", text="later")
    stops = Worker.objects.filter(pid=working.process.pid, draining=True)
    working.process.send_signal(signal.SIGTERM)
    working._until(result, stops.exists, 30)
    assert working.end(signal.SIGTERM) == 0
    result.refresh_from_db()
    assert (result.status, result.cause) == ("FAILURE", "worker_stopped")
    assert JobResult.objects.get(pk=waits.pk).status == "PENDING"
    working.start()
    assert working.ended(waits).status == "SUCCESS"


def test_a_run_whose_worker_is_killed_ends_with_the_cause_and_is_not_run_again(
    working: Site,
) -> None:
    result = working.begun(working.post("Sleep"))
    working.kill()
    working.start()
    result = working.ended(result, 30)
    assert (result.status, result.cause, result.attempt) == ("FAILURE", "worker_lost", 1)
    assert lines(result) == ["asleep"]
    assert working.ended(working.post("Tell", text="next")).status == "SUCCESS"


# Messages

PICKLED = "cos\nsystem\n(S'true'\ntR."


def test_messages_that_are_doubled_forged_or_broken_do_nothing(brokered: Site) -> None:
    ended = brokered.ended(brokered.post("Tell", text="once"))
    put = brokered.broker.put
    for key in (*[str(ended.pk)] * 10, str(uuid.uuid4()), "x" * 1_000_000, {"no": "id"}):
        put("first", json.dumps([[key], {}, {}]), header("jobsmith.hint"), "application/json")
    put("first", "[[], {}, {}]", header("os.system"), "application/json")
    for body in ("no json", "{}", "[1]", "[" * 100_000, "null"):
        put("first", body, header("jobsmith.hint"), "application/json")
        put("first", body, {}, "application/json")
    put("first", PICKLED, header("jobsmith.hint"), "application/x-python-serialize")
    brokered.broker.put_rubbish("first")
    wait_until(lambda: brokered.broker.waiting("first") == 0, 30)
    assert brokered.ended(brokered.post("Tell", text="after")).status == "SUCCESS"
    assert brokered.process.poll() is None, brokered.said()[-3000:]
    ended.refresh_from_db()
    assert (ended.attempt, lines(ended)) == (1, ["told once"])


def header(task: str) -> dict[str, object]:
    return {"task": task, "id": str(uuid.uuid4()), "lang": "py"}


def test_runs_whose_hints_are_lost_are_found_all_the_same(brokered: Site) -> None:
    before = brokered.begun(brokered.post("Sleep"))
    waiting = [brokered.post("Tell", text=str(number)) for number in range(5)]
    wait_until(lambda: brokered.broker.waiting("first") > 0)
    brokered.broker.empty(*QUEUES)
    assert brokered.broker.waiting("first") == 0
    brokered.cancel(before)
    assert {brokered.ended(each).status for each in waiting} == {"SUCCESS"}


def test_runs_are_accepted_and_run_while_the_broker_is_away_and_hints_come_back_with_it(
    brokered: Site,
) -> None:
    with brokered.broker.away():
        runs = [brokered.post("Tell", text=str(number)) for number in range(3)]
        assert {brokered.ended(each).attempt for each in runs} == {1}
    for _ in range(3):
        put_hint(brokered)
    wait_until(lambda: brokered.broker.waiting("first") == 0, 60)
    assert brokered.process.poll() is None, brokered.said()[-3000:]


def put_hint(site: Site) -> None:
    body = json.dumps([[str(uuid.uuid4())], {}, {}])
    site.broker.put("first", body, header("jobsmith.hint"), "application/json")


def test_our_own_command_starts_the_same_worker(brokered: Site) -> None:
    assert brokered.end(signal.SIGTERM) == 0
    brokered.launch(["jobsmith_server", "worker", "--slots", "1", "-q", "first", "-q", "second"])
    result = brokered.ended(brokered.post("Tell", text="it", queue="second"))
    assert result.status == "SUCCESS"
    put_hint(brokered)
    wait_until(lambda: brokered.broker.waiting("first") == 0)
    assert brokered.end(signal.SIGTERM) == 0
    brokered.start()
