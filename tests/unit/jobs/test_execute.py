"""The life of a run, and what the author's code may do in it."""

import logging
import math

import pytest

from jobsmith.jobs import Job, Markdown, SoftTimeLimitExceeded, Table
from jobsmith.jobs.execute import execute
from jobsmith.jobs.logger import capture_logging
from jobsmith.jobs.returned import to_json_safe
from jobsmith.lifecycle import Status
from jobsmith.testing.memory import MemoryHandle


def ran(job_class, *, inputs=None, handle=None, soft=0, hard=0, **options):
    handle = handle or MemoryHandle()
    inputs = {} if inputs is None else inputs
    outcome = execute(
        job_class,
        handle=handle,
        inputs=inputs,
        serialized={"n": "1"},
        soft_limit=soft,
        hard_limit=hard,
        **options,
    )
    return outcome, handle


class Told(Job):
    calls: list = []

    def before_start(self, task_id, args, kwargs):
        self.calls.append(("before_start", kwargs))

    def run(self, **kwargs):
        self.calls.append(("run", kwargs))
        return self.body()

    def body(self):
        return "value"

    def on_success(self, retval, task_id, args, kwargs):
        self.calls.append(("on_success", retval))

    def on_failure(self, exc, task_id, args, kwargs, einfo):
        self.calls.append(("on_failure", exc, einfo))

    def after_return(self, status, retval, task_id, args, kwargs, einfo):
        self.calls.append(("after_return", status, retval, einfo))


def test_a_success_calls_the_hooks_in_order():
    class Fine(Told):
        calls = []

    outcome, handle = ran(Fine, inputs={"n": 1})
    assert Fine.calls == [
        ("before_start", {"n": "1"}),
        ("run", {"n": 1}),
        ("on_success", "value"),
        ("after_return", Status.SUCCESS, "value", None),
    ]
    assert Fine.calls[-1][1] is Status.SUCCESS
    assert (outcome.status, outcome.result) == ("SUCCESS", "value")
    lines = [(line.level, line.message, line.grouping) for line in handle.logs]
    assert lines == [
        ("info", "Running job (source version: unknown)", "initialization"),
        ("success", "Job completed", "post_run"),
    ]


def test_fail_goes_on_and_ends_as_a_failure_with_the_value():
    class Failing(Told):
        calls = []

        def body(self):
            self.fail("not %s", "good")
            return {"soft": True}

    outcome, handle = ran(Failing)
    assert (outcome.status, outcome.cause) == ("FAILURE", "failed_by_job")
    assert outcome.result == {"soft": True}
    assert outcome.traceback is None
    assert [call[0] for call in Failing.calls][2:] == ["on_failure", "after_return"]
    assert Failing.calls[2][2] is None
    line = handle.logs[1]
    assert (line.level, line.message, line.grouping) == ("failure", "not good", "body")


def test_fail_in_before_start_skips_run():
    class Early(Job):
        def before_start(self, task_id, args, kwargs):
            self.fail("no")
            return "early"

        def run(self):
            raise AssertionError

    outcome, _ = ran(Early)
    assert (outcome.status, outcome.result) == ("FAILURE", "early")


def test_an_exception_is_handed_to_the_hooks_and_recorded_from_the_authors_first_line():
    class Raising(Told):
        calls = []

        def body(self):
            raise ValueError("broken", 3)

    outcome, _ = ran(Raising)
    assert (outcome.status, outcome.cause) == ("FAILURE", "exception")
    assert outcome.result == {
        "exc_type": "ValueError",
        "exc_module": "builtins",
        "exc_message": ["broken", 3],
    }
    assert "jobsmith/jobs/execute.py" not in outcome.traceback
    assert "raise ValueError" in outcome.traceback
    assert isinstance(Raising.calls[2][1], ValueError)
    assert Raising.calls[2][2].type is ValueError
    assert Raising.calls[3][1] is Status.FAILURE


@pytest.mark.parametrize("hook", ["before_start", "on_success", "after_return", "__init__"])
def test_an_exception_of_a_hook_fails_the_run(hook):
    def broken(self, *args):
        raise KeyError(hook)

    job_class = type("Hooked", (Job,), {hook: broken, "run": lambda self: 1})
    outcome, _ = ran(job_class)
    assert outcome.status == "FAILURE"
    assert outcome.result["exc_type"] == "KeyError"


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (SystemExit(3), "exit:3"),
        (SystemExit(), "exit:0"),
        (SystemExit("bye"), "exit:1"),
        (SoftTimeLimitExceeded(), "soft_time_limit"),
        (MemoryError(), "out_of_memory"),
        (KeyboardInterrupt(), "exception"),
    ],
)
def test_whatever_is_raised_becomes_a_cause(error, cause):
    def run(self):
        raise error

    outcome, _ = ran(type("Raiser", (Job,), {"run": run}))
    assert (outcome.status, outcome.cause) == ("FAILURE", cause)


def test_an_exception_that_cannot_be_shown_is_recorded_all_the_same():
    class Rude(Exception):
        def __str__(self):
            raise RuntimeError("no")

        __repr__ = __str__

    class Rudely(Job):
        def run(self):
            raise Rude(Rude())

    outcome, _ = ran(Rudely)
    assert outcome.result["exc_type"].endswith("Rude")
    assert "cannot be shown" in outcome.result["exc_message"][0]


def test_inputs_that_cannot_be_decoded_fail_after_before_start():
    def gone():
        raise LookupError("gone")

    outcome, handle = ran(type("Decoding", (Told,), {"calls": []}), inputs=gone)
    assert outcome.result["exc_type"] == "RunJobTaskFailed"
    assert outcome.result["exc_message"] == ["Error initializing job"]
    line = handle.logs[1]
    assert (line.message, line.grouping) == ("Error deserializing kwargs", "__call__")


def test_a_hard_limit_before_the_soft_one_is_warned_of():
    _, handle = ran(type("Fast", (Job,), {"run": lambda self: 1}), soft=10, hard=5)
    assert handle.logs[0].message == (
        "The hard time limit of 5.0 seconds is less than or equal to the soft time limit of "
        "10.0 seconds. This job will fail silently after 5.0 seconds."
    )


def test_the_logger_has_eight_voices_a_grouping_and_an_object(capsys):
    class Voices(Job):
        def run(self):
            log = self.logger
            for name in ("debug", "info", "success", "warning", "failure", "error", "critical"):
                getattr(log, name)(name)
            try:
                raise ValueError("inside")
            except ValueError:
                log.exception("told")
            log.info("x", extra={"grouping": "g", "object": "thing"})
            log.info("hidden", extra={"skip_db_logging": True})
            log.info("%d", "no number")

    outcome, handle = ran(Voices)
    assert outcome.status == "SUCCESS"
    lines = handle.logs[1:-1]
    assert [line.level for line in lines[:7]] == [line.message for line in lines[:7]]
    assert {line.grouping for line in lines[:8]} == {"run"}
    assert (lines[7].level, lines[7].message) == ("error", "told")
    assert (lines[8].grouping, lines[8].object) == ("g", "thing")
    assert lines[9].message == "%d no number"
    printed = capsys.readouterr().err
    assert "hidden" in printed
    assert "ValueError: inside" in printed


def test_loggers_of_the_authors_modules_are_recorded():
    handle = MemoryHandle()
    with capture_logging(handle):
        logging.getLogger("author.module").info("from a module")
    logging.getLogger("author.module").warning("after")
    assert [line.message for line in handle.logs] == ["from a module"]


def test_files_are_streamed_and_announced():
    class Filing(Job):
        def run(self):
            with self.create_file("rows.csv") as file:
                file.write("a,b\n")
                file.write(b"1,2\n")
            self.create_file("pieces.txt", (str(n) for n in range(3)))

    outcome, handle = ran(Filing)
    assert outcome.status == "SUCCESS"
    assert handle.files == {"rows.csv": b"a,b\n1,2\n", "pieces.txt": b"012"}
    assert handle.logs[1].message == "Created file [rows.csv](memory:rows.csv)"


@pytest.mark.parametrize("name", ["", "..", "a/b", "a\\b", "a\x00"])
def test_a_file_name_may_not_walk(name):
    outcome, _ = ran(type("W", (Job,), {"run": lambda self: self.create_file(name, "x")}))
    assert outcome.result["exc_type"] == "ValueError"


def test_a_file_may_be_as_large_as_the_limit_and_no_larger():
    def run(self):
        self.create_file("a", b"12345")
        self.create_file("b", b"123456")

    outcome, handle = ran(type("Big", (Job,), {"run": run}), max_file_bytes=5)
    assert "5 bytes at most" in outcome.result["exc_message"][0]
    assert handle.files["a"] == b"12345"


def test_values_without_a_json_form_become_notes_in_their_place():
    loop = []
    loop.append(loop)
    found = to_json_safe({"nan": math.nan, "loop": loop, "object": object(), "fine": (1, {2})})
    assert found["fine"] == [1, [2]]
    assert all("__jobsmith_note__" in str(found[key]) for key in ("nan", "loop", "object"))


def test_a_huge_value_becomes_one_note():
    found = to_json_safe({"x": "y" * 100_000_000}, 1024)
    assert "larger than 1024 bytes" in found["__jobsmith_note__"]
    assert len(str(found)) < 500


def test_hostile_values_never_change_the_status():
    class Hostile(dict):
        def items(self):
            raise RuntimeError("no")

        def __repr__(self):
            raise RuntimeError("no")

    outcome, _ = ran(type("H", (Job,), {"run": lambda self: Hostile(a=1)}))
    assert outcome.status == "SUCCESS"
    assert "__jobsmith_note__" in outcome.result


def test_text_that_no_database_holds_is_mended():
    assert to_json_safe("a\x00b\ud800") == "a\ufffdb?"


def test_tables_and_markdown_are_typed():
    found = to_json_safe([Table(["a"], [[1], [None]], "T"), Markdown("*x*")])
    assert found == [
        {"__jobsmith_type__": "table", "title": "T", "columns": ["a"], "rows": [[1], [None]]},
        {"__jobsmith_type__": "markdown", "text": "*x*"},
    ]
