"""Functions with ``@job`` from a folder to the end of a run."""

from pathlib import Path

import pytest
from pytest_django import Settings

from tests.support import real_runs
from tests.support.factories import make_admin
from tests.support.job_files import write

# Called like a standard module, so that it is loaded under another name.
CODE = """
    from enum import Enum

    from jobsmith.jobs import Job, job

    name = "Chance"

    class Coin(Enum):
        HEADS = "h"
        TAILS = "t"

    @job(is_singleton=True)
    def toss(coin: Coin, times: int = 2, *, running: Job) -> str:
        \"\"\"Toss a coin.\"\"\"
        running.logger.info("tossing", extra={"object": coin.name})
        return coin.name * times
"""


@pytest.mark.django_db(transaction=True)
def test_a_function_is_a_job_like_any_other(tmp_path: Path, settings: Settings) -> None:
    real_runs.serve(settings, write(tmp_path, {"random.py": CODE}))
    record = real_runs.named("random.toss")
    assert (record.name, record.grouping, record.is_singleton) == ("Toss", "Chance", True)
    assert record.description == "Toss a coin."
    assert (record.declared["file"], record.declared["line"]) == ("random.py", 12)
    result = real_runs.run("random.toss", user=make_admin(), coin="t")
    assert (result.status, result.result) == ("SUCCESS", "TAILSTAILS"), result.traceback
    assert result.job_log_entries.get(message="tossing").log_object == "TAILS"
