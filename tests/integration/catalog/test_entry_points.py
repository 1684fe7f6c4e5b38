"""Jobs of a distribution that is no Django app and names them in an entry point."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from jobsmith.models import Job, Source
from jobsmith.sources.entries import entries
from tests.support import real_runs
from tests.support.factories import make_admin
from tests.support.job_files import job_file, write

ENTRY = "[jobsmith.jobs]\ngreetings = greetings_of_tests\nlost = no_such_package\n"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    dist = "greetings-1.2.dist-info"
    root = write(
        tmp_path / "site",
        {
            "greetings_of_tests/__init__.py": "",
            "greetings_of_tests/jobs.py": job_file("Greet"),
            f"{dist}/METADATA": "Metadata-Version: 2.1\nName: greetings\nVersion: 1.2\n",
            f"{dist}/entry_points.txt": ENTRY,
            f"{dist}/top_level.txt": "greetings_of_tests\n",
        },
    )
    monkeypatch.syspath_prepend(str(root))
    entries.cache_clear()
    yield root
    entries.cache_clear()


@pytest.mark.django_db(transaction=True)
def test_they_are_found_without_being_imported_and_run(
    site: Path, tmp_path: Path, settings: Settings
) -> None:
    real_runs.serve(settings, write(tmp_path / "jobs", {"own.py": job_file("Own")}))
    job = real_runs.named("greetings_of_tests.jobs.Greet")
    assert (job.source, job.source_key) == (Job.SourceKind.PLUGIN, "package:greetings")
    assert not Source.objects.filter(key="package:lost").exists()
    result = real_runs.run(job.class_path, user=make_admin())
    assert (result.status, result.result) == ("SUCCESS", "Greet"), result.traceback
    assert real_runs.named("own.Own").source == Job.SourceKind.LOCAL
    assert "greetings_of_tests" not in sys.modules
