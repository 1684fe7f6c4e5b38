"""What is wrong with a repository is told to whoever may see the repository."""

from typing import Any

import pytest
from django.test import Client

from jobsmith import policies
from jobsmith.models import GitRepository, Job, JobQueue, Source, SourceProblem
from tests.integration.api.conftest import client_of
from tests.support.factories import grant, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nets() -> Source:
    """A repository with a problem, beside a folder with one."""
    GitRepository.objects.create(name="Nets", slug="nets", remote_url="https://x/nets")
    folder = Source.objects.create(key="folder", kind="local", title="Folder")
    SourceProblem.objects.create(source=folder, code="import_failed", message="ours is torn")
    git = Source.objects.create(key="git:nets", kind="git", title="Nets")
    SourceProblem.objects.create(
        source=git, code="fetch_failed", message="theirs is torn", file="nets/jobs.py"
    )
    return git


def told(user: Any) -> tuple[bool, bool]:
    """Whether the page tells the problem of the folder, and that of the repository."""
    browser = Client()
    browser.force_login(user)
    page = browser.get("/problems/").content.decode()
    assert ("theirs is torn" in page) == ("git:nets" in page)
    return "ours is torn" in page, "theirs is torn" in page


def test_who_may_see_jobs_is_not_told_of_repositories_out_of_reach() -> None:
    user = make_user("ann")
    grant(user, "view", Job)
    assert told(user) == (True, False)
    assert b"source_problems 1.0" in client_of(user).get("/api/metrics/").content


@pytest.mark.parametrize(("constraint", "is_told"), [(None, True), ({"name": "Other"}, False)])
def test_constraints_on_repositories_are_those_on_their_problems(
    constraint: Any, is_told: bool
) -> None:
    user = make_user("ann")
    grant(user, "view", Job)
    grant(user, "view", GitRepository, constraint)
    assert told(user) == (True, is_told)


def test_without_the_right_to_see_jobs_only_repositories_are_told() -> None:
    user = make_user("ann")
    grant(user, "view", GitRepository)
    assert [each.message for each in policies.problems(user)] == ["theirs is torn"]


def test_a_job_in_reach_tells_why_its_own_file_does_not_load(nets: Source) -> None:
    job = Job.objects.create(
        name="Ping",
        module_name="nets.jobs",
        job_class_name="Ping",
        source="git",
        source_key=nets.key,
        installed=False,
        declared={"file": "nets/jobs.py"},
        default_job_queue=JobQueue.objects.create(name="q"),
    )
    user, far = make_user("ann"), make_user("far")
    grant(user, "view", Job)
    grant(far, "view", Job, {"name": "Other"})
    assert [each.message for each in policies.problems_of_file(user, job)] == ["theirs is torn"]
    assert not policies.problems_of_file(far, job)
