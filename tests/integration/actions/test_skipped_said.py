"""A run that its job's limit skips says so, by the same sentence at every door."""

from typing import Any

import pytest
from click.testing import CliRunner
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse

from jobsmith.actions.enqueue_job import enqueue_job
from jobsmith.actions.save_webhook import create_webhook
from jobsmith.cli.main import main
from jobsmith.inputs.codec import CleanInputs
from jobsmith.models import Job, JobButton, JobQueue, JobResult
from tests.integration.api.conftest import client_of
from tests.support.factories import default_queue, make_admin, make_job, make_spec, make_worker

WHY = "1 run of this job waits or goes on, and no more may."
SKIPS = {"concurrency_limit": 1, "concurrency_when_full": "skip"}


@pytest.fixture
def admin(db: None) -> Any:
    make_worker()
    return make_admin()


@pytest.fixture
def job(admin: Any) -> Job:
    found = make_job(make_spec("Narrow", **SKIPS), is_job_button_receiver=True)
    enqueue_job(found, user=admin, inputs=CleanInputs())
    return found


@pytest.fixture
def browser(admin: Any) -> Client:
    found = Client()
    found.force_login(admin)
    return found


def skipped() -> JobResult:
    return JobResult.objects.exclude(status="PENDING").get()


def test_pages_say_it(job: Job, browser: Client) -> None:
    page = browser.post(f"/jobs/{job.pk}/run/", {}, follow=True).content.decode()
    assert WHY in page
    assert WHY in browser.get("/runs/").content.decode()


def test_a_button_says_it(job: Job, browser: Client) -> None:
    button = JobButton.objects.create(name="b", text="Go", job=job, confirmation=False)
    button.content_types.add(ContentType.objects.get_for_model(JobQueue))
    sent = {"object_model_name": "jobsmith.jobqueue", "object_pk": str(default_queue().pk)}
    address = reverse("jobsmith:button_press", args=[button.pk])
    told = browser.post(address, sent, headers={"accept": "application/json"}).json()
    assert told["message"] == f"Narrow was not started: {WHY}"
    assert told["address"] == skipped().get_absolute_url()
    page = browser.post(address, {**sent, "_return_url": "/runs/"}, follow=True)
    assert f"Narrow was not started: {WHY}" in page.content.decode()


def test_programs_are_told(job: Job, admin: Any) -> None:
    api = client_of(admin)
    told = api.post(f"/api/extras/jobs/{job.pk}/run/", {}, format="json").json()["job_result"]
    assert (told["status"]["value"], told["cause"], told["cause_detail"]) == (
        *("REVOKED", "skipped"),
        WHY,
    )
    query = f'mutation {{ run_job(job: "{job.pk}") {{ status cause_detail }} }}'
    said = api.post("/api/graphql/", {"query": query}, format="json").json()
    assert said == {"data": {"run_job": {"status": "REVOKED", "cause_detail": WHY}}}


@pytest.mark.parametrize("wait", ["--wait", "--no-wait"])
def test_the_command_says_it_and_exits_like_a_run_that_was_stopped(job: Job, wait: str) -> None:
    typed = CliRunner().invoke(main, ["run", "Narrow", wait])
    assert (typed.exit_code, WHY in typed.output) == (130, True), typed.output
    assert WHY in CliRunner().invoke(main, ["runs"]).output


def test_a_webhook_says_it(job: Job, admin: Any) -> None:
    values = {"name": "w", "job": job, "scheme": "token"}
    row, secret = create_webhook(user=admin, values=values)
    address = reverse("jobsmith:job_hook", args=[row.pk])
    headers = {"authorization": f"Bearer {secret}"}
    told = Client().post(address, {}, "application/json", headers=headers).json()
    assert told["message"] == f"It was not started: {WHY}"
    assert told["job_result"] == str(skipped().pk)
