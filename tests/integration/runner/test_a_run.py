"""One run, from the row to its end."""

from collections.abc import Callable

from django.conf import settings
from django.test import override_settings

from jobsmith.engines.inline import run_now
from jobsmith.inputs.vault import seal
from jobsmith.models import JobResult, Worker

from .conftest import WorkerProgram

Make = Callable[..., JobResult]
Finish = Callable[..., JobResult]


def test_a_worker_runs_a_waiting_row_to_its_end(
    start_worker: Callable[..., WorkerProgram], make_result: Make, finish: Finish, method: str
) -> None:
    start_worker(method)
    result = finish(make_result("NoOp"))
    assert (result.status, result.cause, result.result) == ("SUCCESS", "", {"ok": True})
    assert result.attempt == 1
    assert result.task_name == "bad.NoOp"
    assert result.date_started <= result.date_done
    assert Worker.objects.get(pk=result.worker_id).name == result.worker


def test_all_that_a_run_says_is_recorded(
    start_worker: Callable[..., WorkerProgram], make_result: Make, finish: Finish, method: str
) -> None:
    start_worker(method)
    result = finish(make_result("Talks"))
    assert result.status == "SUCCESS", result.traceback
    lines = list(result.job_log_entries.order_by("seq"))
    assert [each.seq for each in lines] == list(range(1, len(lines) + 1))
    version = f"Running job (source version: {result.source_digest[:12]})"
    assert (lines[0].message, lines[0].log_object) == (version, "Talks")
    by_message = {each.message: each for each in lines}
    assert by_message["hello world"].grouping == "greeting"
    assert by_message["password=(redacted) and more"].log_level == "warning"
    assert by_message["from the library"].log_level == "warning"
    assert result.log_count == len(lines)
    assert result.error_log_count == 3
    console = result.job_console_entries.exclude(output_type="output")
    said = set(console.values_list("output_type", "text"))
    assert said >= {
        ("stdout", "printed"),
        ("stderr", "to stderr"),
        ("stdout", "raw"),
        ("stdout", "from a child"),
    }
    assert (result.progress_done, result.progress_total) == (3, 10)
    file = result.files.get()
    with file.file.open() as content:
        assert (file.name, content.read()) == ("report.txt", b"content\n" * 10)


def test_secret_inputs_reach_the_job_and_not_the_record(make_result: Make) -> None:
    sealed = seal({"word": "abracadabra"})
    result = run_now(make_result("Says", sealed_kwargs=sealed))
    assert (result.status, result.result) == ("SUCCESS", "(redacted)")
    assert result.job_log_entries.filter(message="the word is (redacted)").exists()


def test_a_secret_is_found_in_every_text_and_across_every_cut(make_result: Make) -> None:
    word = "abracadabra-and-so-on"
    leaks = {"class_path": "wire.Leaks", "sealed_kwargs": seal({"word": word})}
    result = run_now(make_result("Leaks", **leaks))
    assert result.status == "SUCCESS", result.traceback
    texts = [*result.job_console_entries.order_by("seq").values_list("text", flat=True)]
    for fields in ("message", "grouping", "log_object"):
        texts += result.job_log_entries.values_list(fields, flat=True)
    for fields in ("name", "content_type"):
        texts += result.files.values_list(fields, flat=True)
    together = "\n".join([*texts, result.progress_text, "".join(texts)])
    assert "abra" not in together
    assert "so-on" not in together
    assert result.result == {
        "(redacted)": ["(redacted)"],
        "password": "(redacted)",
        "deep": {"apiKey": "(redacted)", "pin": 5},
    }


def test_a_test_may_override_settings_around_a_run(make_result: Make) -> None:
    with override_settings(JOBSMITH={**settings.JOBSMITH, "CANCEL_GRACE": 1}):
        assert run_now(make_result("NoOp")).status == "SUCCESS"


def test_children_do_not_see_secrets_of_the_server(
    start_worker: Callable[..., WorkerProgram], make_result: Make, finish: Finish, method: str
) -> None:
    start_worker(method)
    assert finish(make_result("Environment")).result == [[], False]


def test_missing_code_is_named(make_result: Make) -> None:
    result = run_now(make_result("NoOp", source_digest="0" * 64))
    assert (result.status, result.cause) == ("FAILURE", "code_missing")
