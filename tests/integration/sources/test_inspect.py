"""Inspection by real children."""

import os
import sys
import time
from pathlib import Path

import pytest
from pytest_django import Settings

from jobsmith.processes import linux
from jobsmith.sources.inspect import Inspection, inspect
from jobsmith.specs import Problem
from tests.support.job_files import PING, folder, job_file, jobsmith_settings, write


def _inspect(root: Path) -> Inspection:
    return inspect(folder(root), root)


def _paths(found: Inspection) -> list[str]:
    return sorted(each.class_path for each in found.specs)


def _problem(found: Inspection, file: str) -> Problem:
    [problem] = [each for each in found.problems if each.file == file]
    return problem


def test_files_packages_and_relative_imports_are_found(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "ping.py": "from shared import WORD\n" + job_file("Ping"),
            "shared.py": "WORD = 'x'\n",
            "net/__init__.py": "",
            "net/scan.py": job_file("Scan", extra="from . import tools; from .tools import DEPTH"),
            "net/tools.py": "import shared\nDEPTH = 2\n",
        },
    )
    found = _inspect(tmp_path)
    assert found.problems == ()
    assert _paths(found) == ["net.scan.Scan", "ping.Ping"]
    assert {each.file: each.line for each in found.specs} == {"ping.py": 4, "net/scan.py": 3}


def test_modules_called_like_standard_or_installed_ones_work(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "random.py": "import random\nname = 'Chance'\n"
            + job_file("Dice")
            + "random.random()\n",
            "traceback/__init__.py": "from . import deep\n",
            "traceback/deep.py": job_file("Deep", extra="from . import helper"),
            "traceback/helper.py": "",
            "django.py": job_file("Jango"),
            "other.py": "import random\nrandom.randint(1, 2)\n" + job_file("Other"),
        },
    )
    found = _inspect(tmp_path)
    assert found.problems == ()
    assert _paths(found) == ["django.Jango", "other.Other", "random.Dice", "traceback.deep.Deep"]
    dice = next(each for each in found.specs if each.job_class_name == "Dice")
    assert (dice.grouping, dice.file, dice.line) == ("Chance", "random.py", 5)


def test_a_syntax_error_has_its_line_and_hides_nothing(tmp_path: Path) -> None:
    write(tmp_path, {"bad.py": "x = 1\ndef f(:\n", "ping.py": PING})
    found = _inspect(tmp_path)
    assert _paths(found) == ["ping.Ping"]
    problem = _problem(found, "bad.py")
    assert (problem.code, problem.line, problem.severity) == ("syntax_error", 2, "error")


@pytest.mark.parametrize(
    ("code", "line", "words"),
    [
        ("import helper\n\nhelper.boom()\n", 3, "ValueError: boom (from helper.py:2)"),
        ("\nimport sys\nsys.exit('no')\n", 3, "SystemExit: no"),
        ("import not_there_at_all\n", 1, "ModuleNotFoundError"),
        ("raise KeyboardInterrupt\n", 1, "KeyboardInterrupt"),
    ],
)
def test_a_file_that_raises_is_a_problem_at_its_line(
    tmp_path: Path, code: str, line: int, words: str
) -> None:
    helper = "def boom():\n    raise ValueError('boom')\n"
    write(tmp_path, {"bad.py": code, "helper.py": helper, "zping.py": PING})
    found = _inspect(tmp_path)
    assert _paths(found) == ["zping.Ping"]
    problem = _problem(found, "bad.py")
    assert problem.line == line
    assert words in problem.message


@pytest.mark.parametrize(
    ("code", "line", "words"),
    [
        ("import os\nos._exit(0)\n", 0, "ended the process"),
        ("import os\nos._exit(3)\n", 0, "exit code 3"),
        ("import ctypes\nctypes.string_at(0)\n", 2, "SIGSEGV"),
        ("import os\nos.kill(os.getpid(), 9)\n", 0, "SIGKILL"),
        ("while True:\n    pass\n", 0, "took longer than 2 s"),
        ("import time\nwhile True:\n  try:\n    time.sleep(9)\n  except: pass\n", 4, "longer"),
    ],
)
def test_a_file_that_kills_or_stops_the_inspection_hides_nothing(
    tmp_path: Path, settings: Settings, code: str, line: int, words: str
) -> None:
    settings.JOBSMITH = jobsmith_settings(INSPECT_SECONDS=2)
    write(tmp_path, {"a.py": job_file("A"), "bad.py": code, "pkg/__init__.py": ""})
    write(tmp_path, {"pkg/c.py": job_file("C"), "z.py": job_file("Z")})
    found = _inspect(tmp_path)
    assert _paths(found) == ["a.A", "pkg.c.C", "z.Z"]
    problem = _problem(found, "bad.py")
    assert words in problem.message
    assert line in (0, problem.line)


def test_memory_is_capped(tmp_path: Path) -> None:
    write(tmp_path, {"hog.py": "x = bytearray(3 * 1024**3)\n", "ping.py": PING})
    found = _inspect(tmp_path)
    assert _paths(found) == ["ping.Ping"]
    assert "MemoryError" in _problem(found, "hog.py").message


def test_nothing_that_a_file_starts_outlives_the_inspection(tmp_path: Path) -> None:
    code = """
        import os, sys
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                import time
                open(os.path.join(os.environ["WHERE"], "pid"), "w").write(str(os.getpid()))
                time.sleep(600)
            os._exit(0)
        import time
        time.sleep(0.3)
    """
    os.environ["WHERE"] = str(tmp_path)
    write(tmp_path / "jobs", {"daemon.py": code, "ping.py": PING})
    found = _inspect(tmp_path / "jobs")
    assert _paths(found) == ["ping.Ping"]
    daemon = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 5
    while daemon in linux.parents() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert daemon not in linux.parents()


def test_job_classes_that_nobody_registers_are_told_of(tmp_path: Path) -> None:
    forgotten = "from jobsmith.jobs import Job\nclass Lost(Job):\n    pass\n"
    base = "from jobsmith.jobs import Job\nclass Base(Job):\n    pass\n"
    user = "from base import Base\nfrom jobsmith.jobs import register_jobs\n"
    user += "class Used(Base):\n    pass\nregister_jobs(Used)\n"
    write(tmp_path, {"lost.py": forgotten, "base.py": base, "used.py": user})
    found = _inspect(tmp_path)
    assert _paths(found) == ["used.Used"]
    [problem] = found.problems
    assert (problem.file, problem.code, problem.severity) == (
        "lost.py",
        "not_registered",
        "warning",
    )


def test_a_bad_meta_is_a_problem_of_its_class_only(tmp_path: Path) -> None:
    write(tmp_path, {"bad.py": job_file("Bad", meta="hidden = 'yes'"), "ping.py": PING})
    found = _inspect(tmp_path)
    assert _paths(found) == ["ping.Ping"]
    assert "hidden" in _problem(found, "bad.py").message


def test_output_of_job_files_does_not_reach_the_answer(tmp_path: Path) -> None:
    code = "import os, sys\nprint('{')\nos.write(1, b'x')\nos.write(2, b'x')\n"
    write(tmp_path, {"loud.py": code + job_file("Loud")})
    assert _paths(_inspect(tmp_path)) == ["loud.Loud"]


def test_job_files_do_not_see_secrets_of_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOBSMITH_ADMIN_PASSWORD", "hunter2")
    code = "import os\nassert 'JOBSMITH_ADMIN_PASSWORD' not in os.environ\n"
    write(tmp_path, {"nosy.py": code + job_file("Nosy")})
    assert _inspect(tmp_path).problems == ()


def test_inspecting_imports_nothing_here(tmp_path: Path) -> None:
    write(tmp_path, {"very_own_module.py": PING})
    before = set(sys.path)
    assert _paths(_inspect(tmp_path)) == ["very_own_module.Ping"]
    assert "very_own_module" not in sys.modules
    assert set(sys.path) == before
