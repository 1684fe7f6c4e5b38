"""A repository with a thousand jobs is synced whole, within bounded memory."""

import pytest
from pytest_django import Settings

from jobsmith.actions.pull_repository import pull_repository
from jobsmith.models import GitRepository, Job, SourceProblem
from tests.support.git_server import GitFolder
from tests.support.job_files import jobsmith_settings

from .conftest import jobs

MIB = 1024**2
FILES, CLASSES = 40, 25
JOB = """
class J{number}(Job):
    \"\"\"Job {number} of many.\"\"\"

    site = StringVar(default="a")
    count = IntegerVar(default={number})

    class Meta:
        name = "Job {number}"

    def run(self, **inputs):
        return {number}
"""


def file(first: int) -> str:
    numbers = range(first, first + CLASSES)
    names = ", ".join(f"J{number}" for number in numbers)
    body = "".join(JOB.format(number=number) for number in numbers)
    return f"from jobsmith.jobs import *\n{body}\nregister_jobs({names})\n"


@pytest.mark.timeout(120)
def test_a_thousand_jobs_come_and_the_children_stay_small(
    folder: GitFolder, repository: GitRepository, boss: object, settings: Settings
) -> None:
    limits = {"INSPECT_MEMORY": 256 * MIB, "GIT_FETCH_MEMORY": 256 * MIB}
    settings.JOBSMITH = jobsmith_settings(**limits)
    head = folder.commit(jobs(**{f"m{each}": file(each * CLASSES) for each in range(FILES)}))
    pull_repository(repository, user=boss, say=lambda *_: None)
    repository.refresh_from_db()
    assert repository.current_head == head
    found = Job.objects.filter(git_repository=repository, installed=True)
    assert set(found.values_list("name", flat=True)) == {f"Job {each}" for each in range(1000)}
    assert not SourceProblem.objects.filter(source__key="git:nets_of_tests").exists()
