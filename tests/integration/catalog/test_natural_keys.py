"""Records by words: the class path of a job, and natural keys here and in bodies."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from jobsmith.models import GitRepository, Job, JobQueue, JobQueueAssignment, Tag
from tests.integration.api.conftest import client_of
from tests.support.factories import make_admin, make_job, make_spec

pytestmark = pytest.mark.django_db


def test_a_job_is_found_by_its_class_path() -> None:
    job = make_job(make_spec("Ping"))
    assert Job.objects.get_for_class_path(job.class_path) == job
    for nonsense in ("", "pings", "pings.Nothing", job.class_path + ".x"):
        with pytest.raises(Job.DoesNotExist):
            Job.objects.get_for_class_path(nonsense)


def test_every_natural_key_finds_its_record_again() -> None:
    job = make_job()
    assert job.natural_key() == (job.module_name, job.job_class_name)
    made: list[Any] = [job, JobQueueAssignment.objects.get(), Tag.objects.create(name="t")]
    made += [GitRepository.objects.create(name="g", slug="g"), JobQueue.objects.get()]
    for record in made:
        assert type(record).objects.get_by_natural_key(*record.natural_key()) == record


def test_a_validated_save_refuses_what_does_not_fit() -> None:
    tag = Tag(name="t", color="red")
    with pytest.raises(ValidationError):
        tag.validated_save()
    tag.color = "ff0000"
    tag.validated_save()
    assert Tag.objects.get_by_natural_key("t").color == "ff0000"


def test_a_body_may_name_a_record_by_its_natural_key() -> None:
    admin = client_of(make_admin())
    job, queue = make_job(overridden=["job_queues"]), JobQueue.objects.create(name="second")
    named = {"module_name": job.module_name, "job_class_name": job.job_class_name}
    url = "/api/extras/job-queue-assignments/"
    made = admin.post(url, {"job": named, "job_queue": {"name": "second"}}, format="json")
    assert made.status_code == 201, made.content
    assert JobQueueAssignment.objects.filter(job=job, job_queue=queue).exists()
    for wrong in ({**named, "job_class_name": "No"}, {"module_name": job.module_name}, {}):
        refused = admin.post(url, {"job": wrong, "job_queue": "second"}, format="json")
        assert refused.status_code == 400, wrong
        assert list(refused.json()) == ["job"]
