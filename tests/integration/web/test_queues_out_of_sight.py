"""Who edits a job keeps the queues that only others may see."""

import pytest
from django.test import Client

from jobsmith.models import Job, JobQueue
from tests.support import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def queues() -> tuple[JobQueue, JobQueue, JobQueue]:
    shown, other, hidden = (JobQueue.objects.create(name=name) for name in ("a", "b", "secret"))
    return shown, other, hidden


@pytest.fixture
def editor() -> Client:
    """May edit jobs, and see all queues but one."""
    user = make.make_user("olga", "view_job", "change_job")
    make.grant(user, "view", JobQueue, [{"name": "a"}, {"name": "b"}])
    browser = Client()
    browser.force_login(user)
    return browser


def make_job(*queues: JobQueue) -> Job:
    job = make.make_job()
    job.default_job_queue, job.overridden = queues[0], ["default_job_queue", "job_queues"]
    job.save()
    job.job_queues.set(queues)
    return job


@pytest.mark.parametrize("many", [False, True])
def test_queues_out_of_sight_stay(
    editor: Client, queues: tuple[JobQueue, JobQueue, JobQueue], many: bool
) -> None:
    shown, other, hidden = queues
    far = JobQueue.objects.create(name="secret too")
    job = make_job(hidden, far, shown)
    if many:
        address = f"/jobs/edit/?pk={job.pk}"
        sent = {"pk": [str(job.pk)], "job_queues": [str(other.pk)]}
    else:
        address = f"/jobs/{job.pk}/edit/"
        held = {f"{name}_override": ["on"] for name in ("job_queues", "default_job_queue")}
        sent = {"enabled": ["on"], "job_queues": [str(other.pk)], **held}
    page = editor.get(address)
    assert page.status_code == 200
    assert "secret" not in page.content.decode()
    answer = editor.post(address, sent)
    assert answer.status_code == 302, answer.content.decode()
    assert set(job.job_queues.all()) == {other, hidden, far}
    job.refresh_from_db()
    assert job.default_job_queue == hidden
