"""The peer's names, where they are switched on and what each of them is."""

import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from jobsmith import compat, jobs
from jobsmith.compat import MissingHere
from jobsmith.compat.finder import PeerModule
from jobsmith.jobs.execute import ExceptionInfo
from jobsmith.jobs.theirs import also_theirs
from jobsmith.lifecycle import Status

APPS_JOBS = [
    "BaseJob",
    "BooleanVar",
    "ChoiceVar",
    "DatabaseFileField",
    "DryRunVar",
    "FileVar",
    "GitRepositoryDryRun",
    "GitRepositorySync",
    "IPAddressVar",
    "IPAddressWithMaskVar",
    "IPNetworkVar",
    "IntegerVar",
    "JSONVar",
    "Job",
    "JobButtonReceiver",
    "JobHookReceiver",
    "MultiChoiceVar",
    "MultiObjectVar",
    "NautobotKombuJSONEncoder",
    "ObjectVar",
    "RunJobTaskFailed",
    "ScriptVariable",
    "StringVar",
    "TextVar",
    "enqueue_job_hooks",
    "get_celery_queues",
    "get_job",
    "get_jobs",
    "is_job",
    "is_variable",
    "register_jobs",
]
NAMES = {
    "nautobot.apps.jobs": APPS_JOBS,
    "nautobot.extras.jobs": [
        *APPS_JOBS,
        "get_task_logger",
        "run_job",
        "run_console_log_job_and_return_job_result",
    ],
    "nautobot.core.celery": [
        "register_jobs",
        "import_jobs",
        "app",
        "nautobot_task",
        "NautobotKombuJSONEncoder",
    ],
    "nautobot.extras.models": ["Job", "JobResult", "JobLogEntry", "ScheduledJob", "ObjectChange"],
    "nautobot.extras.choices": [
        "JobResultStatusChoices",
        "LogLevelChoices",
        "JobExecutionType",
        "JobQueueTypeChoices",
        "CustomFieldTypeChoices",
        "ObjectChangeEventContextChoices",
    ],
    "celery.utils.log": ["get_task_logger"],
    "celery.exceptions": ["SoftTimeLimitExceeded", "Ignore", "Reject"],
    "billiard.einfo": ["ExceptionInfo"],
}


@pytest.fixture(autouse=True)
def switched_on() -> Iterator[None]:
    compat.switch_on()
    yield
    compat.switch_off()


@pytest.mark.parametrize("module", NAMES)
def test_every_name_of_the_import_surface_is_there(module: str) -> None:
    space: dict[str, object] = {}
    exec(f"from {module} import {', '.join(NAMES[module])}", space)
    assert set(NAMES[module]) <= space.keys()


def test_a_star_brings_all_names() -> None:
    space: dict[str, object] = {}
    exec("from nautobot.apps.jobs import *", space)
    assert set(APPS_JOBS) <= space.keys()


def test_modules_are_found_in_every_spelling() -> None:
    space: dict[str, object] = {}
    exec(
        "import nautobot.apps.jobs\nfrom nautobot.apps import jobs\nfrom nautobot import apps",
        space,
    )
    assert space["jobs"] is space["apps"].jobs is sys.modules["nautobot.apps.jobs"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("from nautobot.dcim.models import Device", "nautobot.dcim.models.Device"),
        ("from nautobot.dcim import models", "nautobot.dcim.models"),
        ("from nautobot.extras.models import Role", "nautobot.extras.models.Role"),
        ("from nautobot.apps.jobs import Nothing", "nautobot.apps.jobs.Nothing"),
        ("import nautobot.ipam.models as m; m.Prefix", "nautobot.ipam.models.Prefix"),
        ("from nautobot.core.celery import app; app.control", "nautobot.core.celery.app.control"),
    ],
)
def test_what_does_not_exist_is_named(line: str, name: str) -> None:
    sentence = f"This job needs {name}, which does not exist here."
    with pytest.raises(MissingHere, match=f"^{re.escape(sentence)}$"):
        exec(line, {})


def test_code_with_a_fallback_takes_it() -> None:
    space: dict[str, object] = {}
    exec(
        "try:\n from nautobot.dcim.models import Device\nexcept ImportError:\n Device = None", space
    )
    assert space["Device"] is None


def test_jobs_are_ours_and_seal_their_inputs_unless_they_say_otherwise() -> None:
    peer = importlib.import_module("nautobot.apps.jobs")
    hook = type("Hook", (peer.JobHookReceiver,), {})
    open_ = type("Open", (peer.Job,), {"Meta": type("M", (), {"has_sensitive_variables": False})})
    assert issubclass(hook, peer.Job)
    assert issubclass(hook, jobs.JobHookReceiver)
    assert hook.has_sensitive_variables is True
    assert open_.has_sensitive_variables is False
    assert jobs.Job.has_sensitive_variables is False
    assert peer.is_job(hook)
    assert not any(map(peer.is_job, (peer.Job, peer.JobHookReceiver, peer.JobButtonReceiver)))


def test_statuses_and_exception_infos_are_the_objects_that_hooks_get() -> None:
    choices = importlib.import_module("nautobot.extras.choices")
    assert choices.JobResultStatusChoices.STATUS_SUCCESS is Status.SUCCESS
    known = importlib.import_module("billiard.einfo").ExceptionInfo
    assert issubclass(also_theirs(ExceptionInfo, "billiard.einfo"), known)
    limit = importlib.import_module("celery.exceptions").SoftTimeLimitExceeded
    assert issubclass(also_theirs(jobs.SoftTimeLimitExceeded, "billiard.exceptions"), limit)


def test_classes_of_a_task_queue_that_is_installed_are_met_in_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    theirs = ModuleType("billiard.exceptions")
    theirs.SoftTimeLimitExceeded = type("SoftTimeLimitExceeded", (Exception,), {})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "billiard.exceptions", theirs)
    raised = also_theirs(jobs.SoftTimeLimitExceeded, "billiard.exceptions")("late")
    assert isinstance(raised, jobs.SoftTimeLimitExceeded)
    with pytest.raises(theirs.SoftTimeLimitExceeded, match="late"):
        raise raised


def test_a_task_is_a_function_that_no_queue_takes() -> None:
    celery = importlib.import_module("nautobot.core.celery")

    @celery.nautobot_task
    def double(number: int) -> int:
        return 2 * number

    assert double(2) == 4
    with pytest.raises(MissingHere, match=r"double\.delay"):
        double.delay(2)


def test_really_installed_packages_come_first(tmp_path: Path, monkeypatch) -> None:
    compat.switch_off()
    (tmp_path / "celery").mkdir()
    (tmp_path / "celery" / "__init__.py").write_text("REAL = True\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in [each for each in sys.modules if each.partition(".")[0] == "celery"]:
        monkeypatch.delitem(sys.modules, name)
    compat.switch_on()
    celery = importlib.import_module("celery")
    assert celery.REAL
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("celery.exceptions")
    del sys.modules["celery"]


def test_switched_off_nothing_is_left() -> None:
    importlib.import_module("nautobot.apps.jobs")
    compat.switch_off()
    assert not any(isinstance(each, PeerModule) for each in sys.modules.values())
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("nautobot.apps.jobs")


def test_parents_that_load_the_whole_product_do_not_have_the_names() -> None:
    program = (
        "import django; django.setup()\n"
        "import sys, pkgutil, importlib, jobsmith\n"
        "skipped = ('jobsmith.migrations', 'jobsmith.compat', 'jobsmith.testing.plugin')\n"
        "for each in pkgutil.walk_packages(jobsmith.__path__, 'jobsmith.'):\n"
        "    if not each.name.startswith(skipped) and not each.name.endswith('__main__'):\n"
        "        importlib.import_module(each.name)\n"
        "kinds = {name: type(each).__name__ for name, each in sys.modules.items()}\n"
        "names = [name for name, kind in kinds.items() if kind == 'PeerModule']\n"
        "finders = [each for each in sys.meta_path if type(each).__name__ == 'PeerFinder']\n"
        "assert 'jobsmith.compat.finder' in sys.modules\n"
        "print(names, finders)"
    )
    said = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"JOBSMITH_BROKER_URL": "memory://"},
        capture_output=True,
        text=True,
    )
    assert said.stdout.strip() == "[] []", said.stderr
