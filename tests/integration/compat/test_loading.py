"""Job code with the peer's names, from inspection to the end of a run."""

import sys
from pathlib import Path

import pytest
from pytest_django import Settings

from jobsmith.actions.run_form import run_form
from jobsmith.sources.inspect import inspect
from tests.support import real_runs
from tests.support.factories import make_admin
from tests.support.job_files import folder, write

GREETER = """
    from celery.utils.log import get_task_logger
    from nautobot.apps.jobs import ChoiceVar, Job, StringVar, register_jobs

    logger = get_task_logger(__name__)

    class Greeter(Job):
        word = StringVar()
        tone = ChoiceVar(choices=lambda: [("loud", "Loud"), ("soft", "Soft")], default="soft")

        def run(self, word, tone):
            logger.warning("from the module")
            return word.upper() if tone == "loud" else word

    register_jobs(Greeter)
"""


def test_what_a_job_needs_and_does_not_exist_is_a_problem_with_file_and_line(
    tmp_path: Path,
) -> None:
    write(
        tmp_path,
        {
            "cables.py": "import json\nfrom nautobot.dcim.models import Device\n",
            "greeter.py": GREETER,
        },
    )
    found = inspect(folder(tmp_path), tmp_path)
    [problem] = found.problems
    assert (problem.code, problem.file, problem.line) == ("missing_here", "cables.py", 2)
    assert problem.message == (
        "This job needs nautobot.dcim.models.Device, which does not exist here."
    )
    [spec] = found.specs
    assert (spec.class_path, spec.has_sensitive_variables) == ("greeter.Greeter", True)


@pytest.mark.django_db(transaction=True)
def test_parents_never_have_the_names_while_children_use_them(
    tmp_path: Path, settings: Settings
) -> None:
    real_runs.serve(settings, write(tmp_path, {"greeter.py": GREETER}))
    admin = make_admin()
    form = run_form(real_runs.named("greeter.Greeter"), user=admin)
    assert "Loud" in str(form["tone"])
    result = real_runs.run("greeter.Greeter", user=admin, word="hello", tone="loud")
    assert (result.status, result.task_kwargs) == ("SUCCESS", {}), result.traceback
    assert "hello" not in result.sealed_kwargs
    assert result.job_log_entries.filter(message="from the module").exists()
    assert "nautobot" not in sys.modules
    assert not any(type(each).__name__ == "PeerFinder" for each in sys.meta_path)


@pytest.mark.django_db(transaction=True)
def test_what_is_missing_only_at_run_time_ends_the_run_with_its_name(
    tmp_path: Path, settings: Settings
) -> None:
    code = GREETER.replace("return word", "from nautobot.dcim.models import Device; return word")
    real_runs.serve(settings, write(tmp_path, {"greeter.py": code}))
    result = real_runs.run("greeter.Greeter", user=make_admin(), word="hello", tone="soft")
    assert result.status == "FAILURE"
    assert result.result["exc_message"] == [
        "This job needs nautobot.dcim.models.Device, which does not exist here."
    ]
