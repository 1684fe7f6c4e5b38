"""A run again: with the code of then, or of now."""

from pathlib import Path

import pytest
from pytest_django import Settings

from jobsmith.actions.rerun_result import rerun_result
from jobsmith.actions.sync_jobs import sync_jobs
from jobsmith.engines.inline import run_now
from tests.support import real_runs
from tests.support.factories import make_admin
from tests.support.job_files import PING, write


@pytest.mark.django_db(transaction=True)
def test_a_run_again_executes_what_it_is_told_to(tmp_path: Path, settings: Settings) -> None:
    real_runs.serve(settings, write(tmp_path, {"pings.py": PING}))
    admin = make_admin()
    first = real_runs.run("pings.Ping", user=admin)
    write(tmp_path, {"pings.py": PING.replace("pong", "gong")})
    sync_jobs()
    said = [
        run_now(rerun_result(first, user=admin, code=code)).result for code in ("current", "same")
    ]
    assert (first.result, *said) == ("pong", "gong", "pong")
