"""Commands on a real database: what they print, and the exit codes scripts rely on."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.core.management import call_command
from django.utils import timezone

from jobsmith.actions.tokens import token_user
from jobsmith.cli.main import main
from jobsmith.errors import TooDeep, UnknownToken
from jobsmith.models import JobLogEntry, JobResult, ObjectChange, Worker
from jobsmith.specs import VariableSpec
from tests.support.factories import (
    make_admin,
    make_job,
    make_result,
    make_spec,
    make_user,
    make_worker,
)

pytestmark = pytest.mark.django_db

Jobsmith = Callable[..., Result]


@pytest.fixture
def jobsmith() -> Jobsmith:
    make_admin()
    return lambda *words, **more: CliRunner().invoke(main, list(words), **more)


def count() -> VariableSpec:
    return VariableSpec(name="count", type="IntegerVar")


def test_jobs_lists_what_may_be_run(jobsmith: Jobsmith) -> None:
    make_job()
    said = jobsmith("jobs")
    assert said.exit_code == 0
    assert "pings.Ping" in said.output
    assert json.loads(jobsmith("jobs", "--json").output)[0]["class_path"] == "pings.Ping"


def test_run_enqueues_and_prints_the_id(jobsmith: Jobsmith) -> None:
    make_worker()
    job = make_job(make_spec("Ping", count()))
    said = jobsmith("run", "pings.Ping", "count=3", "--no-wait")
    assert said.exit_code == 0, said.output
    result = job.job_results.get()
    assert said.stdout.strip() == str(result.pk)
    assert (result.task_kwargs, result.door) == ({"count": 3}, "cli")
    assert result.user is not None
    assert result.user.get_username() == "admin"


def test_run_takes_defaults_as_the_page_shows_them(jobsmith: Jobsmith) -> None:
    make_worker()
    job = make_job(make_spec("Ping", VariableSpec(name="count", type="IntegerVar", default=9)))
    assert jobsmith("run", "Ping", "--no-wait").exit_code == 0
    assert job.job_results.get().task_kwargs == {"count": 9}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("pings.Ping", "count=x"), "count: Enter a whole number."),
        (("pings.Ping", "other=1", "count=1"), "other: Job data contained an unknown property"),
        (("pings.Pong",), "There is no job pings.Pong"),
        (("pings.Ping", "count=1", "--queue", "nope"), '"nope" is not a valid choice.'),
        (("pings.Ping", "--user", "nobody"), "There is no user called nobody."),
    ],
)
def test_bad_input_is_exit_code_2(
    jobsmith: Jobsmith, words: tuple[str, ...], sentence: str
) -> None:
    make_worker()
    make_job(make_spec("Ping", count()))
    said = jobsmith("run", *words, "--no-wait")
    assert (said.exit_code, sentence in said.stderr) == (2, True), said.stderr


def test_no_worker_is_exit_code_3(jobsmith: Jobsmith) -> None:
    make_job()
    said = jobsmith("run", "pings.Ping")
    assert said.exit_code == 3
    assert "No worker is listening on queue default." in said.stderr


def test_a_disabled_job_is_exit_code_3(jobsmith: Jobsmith) -> None:
    make_worker()
    make_job(enabled=False)
    said = jobsmith("run", "pings.Ping")
    assert (said.exit_code, "not enabled" in said.stderr) == (3, True)


def test_a_user_without_the_right_is_exit_code_3_before_any_look_up(jobsmith: Jobsmith) -> None:
    make_user("olga")
    assert jobsmith("run", "pings.Nowhere", "-u", "olga").exit_code == 3


def test_runs_and_cancel_take_the_beginning_of_an_id(jobsmith: Jobsmith) -> None:
    result = make_result()
    assert str(result.pk) in jobsmith("runs").output
    said = jobsmith("cancel", str(result.pk)[:9])
    assert said.exit_code == 0, said.stderr
    result.refresh_from_db()
    assert result.status == "REVOKED"
    assert jobsmith("cancel", "last").exit_code == 3


def test_rerun_makes_a_run_with_the_same_inputs(jobsmith: Jobsmith) -> None:
    make_worker()
    first = make_result()
    said = jobsmith("rerun", str(first.pk)[:9], "--no-wait")
    assert said.exit_code == 0, said.stderr
    assert JobResult.objects.get(pk=said.stdout.strip()).rerun_of == first
    refused = jobsmith("rerun", str(first.pk), "--code", "newest")
    assert (refused.exit_code, '"newest" is not a valid choice.' in refused.stderr) == (2, True)
    gone = jobsmith("rerun", str(first.pk), "--code", "same")
    assert (gone.exit_code, "no longer kept" in gone.stderr) == (3, True)


def test_logs_prints_lines_in_order_and_nothing_that_moves_the_cursor(jobsmith: Jobsmith) -> None:
    result = make_result()
    for seq, message in enumerate(("one", "two\x1b[2J"), 1):
        JobLogEntry.objects.create(
            job_result=result, seq=seq, message=message, created=timezone.now()
        )
    lines = jobsmith("logs", "last").stdout.splitlines()
    assert [line.split()[-1] for line in lines] == ["one", "two\ufffd[2J"]


def test_logs_of_a_run_that_has_ended_say_how(jobsmith: Jobsmith) -> None:
    make_result(status="FAILURE", cause="exception", cause_detail="It raised ValueError.")
    told = jobsmith("logs", "last")
    assert told.stdout == ""
    assert "It raised ValueError." in told.stderr


def test_a_token_is_printed_once_and_can_be_revoked(jobsmith: Jobsmith) -> None:
    plain = jobsmith("token", "create", "admin", "--description", "CI").stdout.strip()
    assert token_user(plain)[0].get_username() == "admin"
    listed = jobsmith("token", "list", "admin").stdout
    key, _, secret = plain.partition(".")
    assert key in listed
    assert secret not in listed
    assert jobsmith("token", "revoke", "admin", key).exit_code == 0
    with pytest.raises(UnknownToken):
        token_user(plain)
    assert jobsmith("token", "revoke", "admin", key).exit_code == 2


def test_runjob_speaks_the_older_words(jobsmith: Jobsmith) -> None:
    make_job(make_spec("Ping", count()))
    assert (
        "Job must be specified in the Python module form"
        in jobsmith("runjob", "Ping", "-u", "admin").stderr
    )
    assert "No such user" in jobsmith("runjob", "pings.Ping", "-u", "nobody").stderr
    make_user("olga")
    refused = jobsmith("runjob", "pings.Ping", "-u", "olga")
    assert "User olga does not have permission to run this Job" in refused.stderr
    assert "Invalid JSON data" in jobsmith("runjob", "pings.Ping", "-u", "admin", "-d", "{").stderr
    deep = jobsmith("runjob", "pings.Ping", "-u", "admin", "-d", "[" * 100_000)
    assert TooDeep().message in deep.stderr


def test_audit_prints_the_head_that_holds_and_the_number_that_does_not(jobsmith: Jobsmith) -> None:
    for _ in range(3):
        jobsmith("token", "create", "admin")
    assert "Unsealed  3" in jobsmith("audit", "verify").output
    assert jobsmith("audit", "seal").output == "Sealed 3 changes.\n"
    said = jobsmith("audit", "verify")
    head = said.stdout.split()[-1]
    assert (said.exit_code, head[:2], "Unsealed  0" in said.stdout) == (0, "3:", True)
    assert jobsmith("audit", "verify", "--head", head).exit_code == 0
    assert jobsmith("audit", "verify", "--head", "soon").exit_code == 2
    ObjectChange.objects.filter(seal_number=3).delete()
    cut = jobsmith("audit", "verify", "--head", head)
    assert (cut.exit_code, "no longer holds" in cut.stderr) == (1, True)
    ObjectChange.objects.filter(seal_number=1).update(user_name="eve")
    broken = jobsmith("audit", "verify")
    assert (broken.exit_code, "number 1 is missing or was edited" in broken.stderr) == (1, True)


def test_doctor_names_what_is_missing(jobsmith: Jobsmith) -> None:
    said = jobsmith("doctor")
    assert said.exit_code == 1
    assert "None runs: `jobsmith worker`" in said.output
    make_worker()
    make_worker(kind=Worker.Kind.SCHEDULER)
    assert "None runs" not in jobsmith("doctor").output


def test_doctor_has_nothing_against_a_home_that_is_not_made_yet(
    jobsmith: Jobsmith, settings: Any, tmp_path: Path
) -> None:
    settings.JOBSMITH = {**settings.JOBSMITH, "HOME": tmp_path / "new" / "home"}
    assert "not writable" not in jobsmith("doctor").output


def test_doctor_takes_a_silent_worker_for_gone(jobsmith: Jobsmith) -> None:
    make_worker(beat_at=timezone.now() - timedelta(minutes=1))
    assert "None runs: `jobsmith worker`" in jobsmith("doctor").output


def test_manage_py_jobsmith_is_the_same_command(
    jobsmith: Jobsmith, capsys: pytest.CaptureFixture[str]
) -> None:
    make_job()
    call_command("jobsmith", "jobs", "--json", stdout=StringIO())
    assert json.loads(capsys.readouterr().out)[0]["name"] == "Ping"


def test_manage_passes_on_to_django(jobsmith: Jobsmith) -> None:
    assert jobsmith("manage", "check").exit_code == 0


def test_a_refusal_is_said_once(jobsmith: Jobsmith) -> None:
    make_worker()
    make_job(make_spec("Ping", count()))
    said = jobsmith("run", "pings.Ping", "count:=null")
    assert said.exit_code == 2
    assert said.stderr.count("count is a required field") == 1
