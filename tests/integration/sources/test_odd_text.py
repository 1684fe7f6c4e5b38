"""A job whose words no database can hold is a problem of its own file, and of nothing else."""

import pytest

from jobsmith.catalog import sync
from jobsmith.models import Job, SourceProblem
from tests.support.job_files import folder, job_file, write

pytestmark = pytest.mark.django_db(transaction=True)


BAD = {
    "name": job_file("Bad", meta=r"name = 'a\ud800'"),
    "grouping": job_file("Bad", extra=r"name = 'a\ud800'"),
    "description": job_file("Bad", meta=r"description = '\udcff'"),
}


@pytest.mark.parametrize("field", BAD)
def test_the_other_jobs_are_synced(tmp_path, field):
    root = write(tmp_path, {"good.py": job_file("Good"), "bad.py": BAD[field]})
    sync.sync_source(folder(root))
    assert [job.name for job in Job.objects.filter(installed=True)] == ["Good"]
    problem = SourceProblem.objects.get(severity="error")
    assert (problem.file, problem.code) == ("bad.py", "job_refused")
    assert "no database can hold" in problem.message
