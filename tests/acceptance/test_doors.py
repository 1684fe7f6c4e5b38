"""The same inputs at the page, at REST and on the command line: the same answer in the same words.

What only the job's code knows (choices, a default, its own validation) is asked of a child: the
process that serves the pages never loads a job.
"""

import json
import os
import sys
import textwrap
import time
import urllib.error
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest

from tests.support.served import PASSWORD, Server, wait_until
from tests.support.visitor import Refusals, Visitor, refusals_on

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="process trees are read as on Linux"),
]

ROOT = Path(__file__).resolve().parents[2]
JOBS = '''
    """A job that leaves nearly everything to its code."""

    from django.contrib.auth import get_user_model
    from django.core.exceptions import ValidationError

    from jobsmith.jobs import ChoiceVar, IntegerVar, Job, StringVar, register_jobs

    ROOMS = {"north": [("n1", "Room N1"), ("n2", "Room N2")], "south": ["s1"]}


    def wings():
        return [(wing, wing.title()) for wing in ROOMS]


    def rooms(values):
        return ROOMS.get(values["wing"], [])


    def first_user():
        names = get_user_model()._default_manager.order_by("username")
        return names.values_list("username", flat=True).first()


    class Booking(Job):
        wing = ChoiceVar(choices=wings)
        room = ChoiceVar(choices=rooms, depends_on=["wing"])
        host = StringVar(default=first_user)
        days = IntegerVar(min_value=1, default=2)
        code = StringVar(regex=r"(a+)+$", required=False)
        slow = StringVar(regex=r"^(a|aa)+$", required=False)

        @classmethod
        def validate_data(cls, data, files=None):
            if data["wing"] == "south" and data["days"] > 3:
                raise ValidationError({"days": "The south wing closes after three days."})
            if data["host"] == "nobody":
                raise ValidationError("Somebody has to be there.")
            return data

        def run(self, **inputs):
            return inputs


    register_jobs(Booking)
'''

GOOD = {"wing": "north", "room": "n2", "host": "admin", "days": 3, "code": "aaa", "slow": "aa"}
ENDLESS = "a" * 50 + "!"
NO_CHOICE = "Select a valid choice. {} is not one of the available choices."
TOO_LONG_THERE = "The south wing closes after three days."
NO_MATCH = "Invalid value. Must match regex: {}"
TOO_LONG = f"{NO_MATCH} (it took too long to check)"
BAD: list[tuple[dict[str, Any], Refusals]] = [
    ({"wing": "east"}, {"wing": [NO_CHOICE.format("east")], "room": [NO_CHOICE.format("n2")]}),
    ({"room": "s1"}, {"room": [NO_CHOICE.format("s1")]}),
    ({"room": ""}, {"room": ["This field is required."]}),
    ({"host": ""}, {"host": ["This field is required."]}),
    ({"days": 0}, {"days": ["Ensure this value is greater than or equal to 1."]}),
    ({"days": "some"}, {"days": ["Enter a whole number."]}),
    ({"wing": "south", "room": "s1", "days": 4}, {"days": [TOO_LONG_THERE]}),
    ({"host": "nobody"}, {"__all__": ["Somebody has to be there."]}),
    ({"code": "b"}, {"code": [NO_MATCH.format("(a+)+$")]}),
    ({"code": ENDLESS}, {"code": [NO_MATCH.format("(a+)+$")]}),
    ({"slow": ENDLESS}, {"slow": [TOO_LONG.format("^(a|aa)+$")]}),
]  # fmt: skip


class Answer(NamedTuple):
    """A run, or why there is none."""

    run: str
    refusals: Refusals


Door = Callable[[dict[str, Any]], Answer]


@pytest.fixture(scope="module")
def witnessed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("witnessed")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, witnessed: Path) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("doors")
    (folder / "jobs").mkdir()
    (folder / "jobs" / "booking.py").write_text(textwrap.dedent(JOBS))
    served = Server(folder, folder / "jobs")
    served.env |= {
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "JOBSMITH_APPS": "tests.support.witness",
        "TEST_WITNESS": str(witnessed),
    }
    try:
        served.start()
        yield served
    finally:
        served.kill()


@pytest.fixture(scope="module")
def job(server: Server) -> str:
    return str(server.api("extras/jobs/?job_class_name=Booking")["results"][0]["id"])


@pytest.fixture(scope="module")
def visitor(server: Server) -> Visitor:
    return Visitor(f"http://127.0.0.1:{server.port}").sign_in("admin", PASSWORD)


@pytest.fixture(scope="module")
def doors(server: Server, visitor: Visitor, job: str) -> dict[str, Door]:
    def page(inputs: dict[str, Any]) -> Answer:
        status, address, text = visitor.post(f"/jobs/{job}/run/", inputs)
        run = address.split("/runs/")[1].strip("/") if "/runs/" in address else ""
        assert status == (200 if run else 400)
        return Answer(run, refusals_on(text))

    def rest(inputs: dict[str, Any]) -> Answer:
        try:
            answer = server.api(f"extras/jobs/{job}/run/", {"data": inputs})
        except urllib.error.HTTPError as error:
            with error:
                status, said = error.code, json.load(error)
            assert (status, list(said)) == (400, ["errors"])
            whole = isinstance(said["errors"], list)
            return Answer("", {"__all__": said["errors"]} if whole else said["errors"])
        return Answer(answer["job_result"]["id"], {})

    def command(inputs: dict[str, Any]) -> Answer:
        words = [f"{name}={value}" for name, value in inputs.items()]
        done = server.command("run", "booking.Booking", *words, "--json")
        if done.returncode == 0:
            return Answer(json.loads(done.stdout)["id"], {})
        assert (done.returncode, done.stdout) == (2, "")
        return Answer("", refusals_in(done.stderr))

    return {"page": page, "REST": rest, "command": command}


def refusals_in(stderr: str) -> Refusals:
    """The lines below the sentence of the command."""
    found: Refusals = {}
    for line in stderr.splitlines():
        if line.startswith("  "):
            name, colon, sentence = line.strip().partition(": ")
            by_name = (
                (name, sentence) if colon and name.isidentifier() else ("__all__", line.strip())
            )
            found.setdefault(by_name[0], []).append(by_name[1])
    return found


@pytest.mark.parametrize(("changes", "refusals"), BAD, ids=lambda each: ",".join(each))
@pytest.mark.parametrize("door", ["page", "REST", "command"])
def test_bad_inputs_are_refused_in_the_same_words(
    doors: dict[str, Door], door: str, changes: dict[str, Any], refusals: Refusals
) -> None:
    assert doors[door](GOOD | changes) == Answer("", refusals)


@pytest.mark.parametrize("door", ["page", "REST", "command"])
def test_good_inputs_become_the_same_run(server: Server, doors: dict[str, Door], door: str) -> None:
    answer = doors[door](GOOD)
    assert answer.refusals == {}
    wait_until(lambda: server.result(answer.run)["status"] == "SUCCESS")
    assert server.result(answer.run)["result"] == GOOD


def test_the_default_is_read_from_the_database_wherever_one_is_shown(
    server: Server, visitor: Visitor, job: str
) -> None:
    page = visitor.get(f"/jobs/{job}/run/")
    assert 'name="host" value="admin"' in page
    assert '<option value="south">South</option>' in page
    done = server.command("run", "booking.Booking", "wing=south", "room=s1", "--json")
    shown = {"wing": "south", "room": "s1", "host": "admin", "days": 2, "code": "", "slow": ""}
    assert json.loads(done.stdout)["result"] == shown


def test_choices_follow_the_field_they_depend_on(visitor: Visitor, job: str) -> None:
    _, _, north = visitor.post(f"/jobs/{job}/run/field/room/", {"wing": "north"})
    _, _, south = visitor.post(f"/jobs/{job}/run/field/room/", {"wing": "south"})
    assert ("Room N1" in north, "s1" in north) == (True, False)
    assert ("Room N1" in south, "s1" in south) == (False, True)


@pytest.mark.parametrize("name", ["code", "slow"])
@pytest.mark.parametrize("door", ["page", "REST", "command"])
def test_an_endless_pattern_is_answered_within_a_second(
    doors: dict[str, Door], door: str, name: str
) -> None:
    """The best of three: others may use the machine. A command has to start, whatever it does."""
    start = min(_seconds(doors[door], {"days": 0}) for _ in range(3)) if door == "command" else 0
    assert min(_seconds(doors[door], {name: ENDLESS}) for _ in range(3)) - start < 1


def _seconds(door: Door, changes: dict[str, Any]) -> float:
    began = time.monotonic()
    assert door(GOOD | changes).refusals
    return time.monotonic() - began


def test_the_process_that_serves_pages_has_loaded_no_job(
    server: Server, visitor: Visitor, job: str, witnessed: Path
) -> None:
    visitor.get(f"/jobs/{job}/run/")
    wait_until(lambda: list(witnessed.glob("*.json")))
    [told] = witnessed.glob("*.json")
    modules = json.loads(told.read_text())
    assert "jobsmith.web.views.run_form" in modules
    assert "booking" not in modules
    places = (server.env["JOBSMITH_JOBS_ROOT"], server.env["JOBSMITH_HOME"])
    assert [name for name, file in modules.items() if file.startswith(places)] == []
    below = psutil.Process(int(told.stem)).children(recursive=True)
    assert [each for each in below if "jobsmith.sources.options_child" in each.cmdline()]
