"""What only job code can answer, from a real warm child."""

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from pytest_django import Settings

from jobsmith.errors import OptionsUnavailable
from jobsmith.models import JobQueue
from jobsmith.sources import options, trees
from jobsmith.sources.inspect import inspect
from jobsmith.sources.options import CodeAnswers, options_for
from jobsmith.sources.warm import WarmChild
from tests.support.job_files import database_url, folder, jobsmith_settings, write
from tests.support.sandboxes import need_sandboxes

CODE = """
    import os, time
    from django.core.exceptions import ValidationError
    from jobsmith.jobs import *
    from jobsmith.models import JobQueue

    def cities(values):
        return {"de": [("b", "Berlin")], "fr": ["Paris"]}.get(values["country"], [])

    def hang():
        while True:
            try:
                time.sleep(60)
            except BaseException:
                pass

    def fail():
        raise RuntimeError("no network")

    def first():
        return JobQueue.objects.order_by("name").values_list("name", flat=True).first()

    class Asks(Job):
        country = ChoiceVar(choices=[("de", "Germany"), ("fr", "France")])
        city = ChoiceVar(choices=cities, depends_on="country")
        now = ChoiceVar(choices=lambda: [str(time.time())])
        slow = ChoiceVar(choices=hang)
        dead = ChoiceVar(choices=lambda: os._exit(0))
        broken = ChoiceVar(choices=fail)
        queue = StringVar(default=first)
        some = ObjectVar(model=JobQueue, queryset=JobQueue.objects.filter(name__startswith="q"))

        @classmethod
        def validate_data(cls, data, files=None):
            if data.get("country") == "fr":
                raise ValidationError({"country": "Not today."})
            return data

    register_jobs(Asks)
"""


@pytest.fixture
def asks(
    tmp_path: Path,
    settings: Settings,
    transactional_db: None,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[CodeAnswers]:
    settings.JOBSMITH = jobsmith_settings(HOME=tmp_path / "home", OPTIONS_SECONDS=1)
    monkeypatch.setenv("DATABASE_URL", database_url())
    root = write(tmp_path / "jobs", {"very_own_asks.py": CODE})
    made = trees.snapshot(root)
    trees.store(made)
    [spec] = inspect(folder(root), trees.ensure(made.digest)).specs
    yield options_for(spec, made.digest, "local", None)
    options.close_all()
    assert "very_own_asks" not in sys.modules


def test_choices_depend_on_other_values(asks: CodeAnswers) -> None:
    assert asks.choices("city", {"country": "de"}) == [["b", "Berlin"]]
    assert asks.choices("city", {"country": "fr"}) == [["Paris", "Paris"]]
    assert asks.choices("city", {}) == []


def test_defaults_and_querysets_come_from_the_database(asks: CodeAnswers) -> None:
    JobQueue.objects.get_or_create(name="aaa")
    queue, _ = JobQueue.objects.get_or_create(name="q1")
    assert asks.default("queue") == "aaa"
    assert asks.pks("some") == [str(queue.pk)]


def test_the_authors_validation_answers_by_variable(asks: CodeAnswers) -> None:
    assert asks.validate({"country": "de"}) == {}
    assert asks.validate({"country": "fr"}) == {"country": ["Not today."]}


def test_a_question_that_hangs_is_given_up_and_the_next_is_answered(asks: CodeAnswers) -> None:
    asks.validate({})
    started = time.monotonic()
    with pytest.raises(OptionsUnavailable, match="longer than 1 s"):
        asks.choices("slow", {})
    assert time.monotonic() - started < 2
    assert asks.choices("city", {"country": "de"}) == [["b", "Berlin"]]


def test_a_child_that_is_killed_is_started_again(asks: CodeAnswers) -> None:
    asks.validate({})
    [child] = options._children.values()
    assert child._process is not None
    os.kill(child._process.pid, 9)
    with pytest.raises(OptionsUnavailable, match="ended the process"):
        asks.choices("dead", {})
    assert asks.validate({}) == {}


def test_what_the_code_raises_is_said(asks: CodeAnswers) -> None:
    with pytest.raises(OptionsUnavailable, match="RuntimeError: no network"):
        asks.choices("broken", {})


def test_answers_are_kept_by_user_and_values(
    asks: CodeAnswers, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = asks.choices("now", {})
    assert asks.choices("now", {}) == first
    assert asks.choices("now", {"country": "de"}) != first
    other = CodeAnswers(asks.class_path, asks.digest, is_package=False, user_key="7")
    assert other.choices("now", {}) != first
    monkeypatch.setattr(options, "CACHE_SECONDS", 0)
    assert asks.choices("now", {}) != first


def test_a_version_that_is_kept_nowhere_is_unavailable(asks: CodeAnswers) -> None:
    gone = CodeAnswers(asks.class_path, "0" * 64, is_package=False, user_key="")
    with pytest.raises(OptionsUnavailable):
        gone.validate({})


def the_child(asks: CodeAnswers) -> WarmChild:
    asks.validate({})
    [child] = options._children.values()
    return child


def test_waiting_for_a_busy_child_has_an_end_and_says_so(asks: CodeAnswers) -> None:
    child = the_child(asks)
    started = time.monotonic()
    with child._lock, pytest.raises(OptionsUnavailable, match="busy with other questions"):
        asks.validate({})
    assert time.monotonic() - started < 3
    assert asks.validate({}) == {}


def test_a_child_that_was_closed_meanwhile_is_replaced_and_not_started_again(
    asks: CodeAnswers, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = the_child(asks)
    process = closed._process
    given = iter([closed])
    find = options._warm_child
    monkeypatch.setattr(options, "_warm_child", lambda *code: next(given, None) or find(*code))
    options.close_all()
    assert process is not None
    assert process.poll() is not None
    assert asks.validate({}) == {}
    assert closed._process is None
    assert the_child(asks) is not closed


def test_closing_waits_for_no_question_and_the_child_ends_after_it(asks: CodeAnswers) -> None:
    child = the_child(asks)
    process = child._process
    assert process is not None
    said: list[str] = []

    def ask_slowly() -> None:
        try:
            asks.choices("slow", {})
        except OptionsUnavailable as error:
            said.append(error.message)

    thread = Thread(target=ask_slowly)
    thread.start()
    while not child._lock.locked():
        time.sleep(0.01)
    started = time.monotonic()
    child.close()
    assert time.monotonic() - started < 0.5
    assert process.poll() is None
    thread.join()
    assert "longer than 1 s" in said[0]
    assert process.poll() is not None


def test_the_least_used_version_makes_room_without_holding_up_the_others(
    asks: CodeAnswers, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = the_child(asks)
    monkeypatch.setattr(options, "MAX_CHILDREN", 1)
    with child._lock:
        started = time.monotonic()
        other = options._warm_child("", "", None)
        assert time.monotonic() - started < 0.5
    child._end_if_closed()
    assert list(options._children.values()) == [other]
    assert asks.validate({}) == {}


def test_threads_may_ask_at_once(asks: CodeAnswers) -> None:
    found: list[Any] = []
    threads = [
        Thread(target=lambda n=n: found.append(asks.choices("city", {"country": "de", "n": n})))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[["b", "Berlin"]]] * 8


def test_an_untrusted_source_answers_in_its_sandbox_without_the_database(
    asks: CodeAnswers, settings: Settings
) -> None:
    need_sandboxes()
    settings.JOBSMITH = jobsmith_settings(ISOLATION={"folder": "untrusted"})
    untrusted = replace(asks, source_key="folder")
    assert untrusted.choices("city", {"country": "de"}) == [["b", "Berlin"]]
    with pytest.raises(OptionsUnavailable, match="its source is untrusted"):
        untrusted.default("queue")
