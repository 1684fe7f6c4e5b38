"""Requests do not stay for ever, nor what was uploaded for them."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from jobsmith.actions.cancel_approval import cancel_approval
from jobsmith.actions.decide_approval import deny_stage
from jobsmith.actions.enqueue_job import enqueue_job
from jobsmith.actions.expire_approvals import expire_approvals
from jobsmith.actions.prune_requests import prune_requests
from jobsmith.actions.write_note import write_note
from jobsmith.inputs.codec import CleanInputs
from jobsmith.models import (
    ApprovalWorkflow,
    ApprovalWorkflowStageResponse,
    Job,
    JobFile,
    JobResult,
    Note,
    ObjectChange,
    ScheduledJob,
)
from jobsmith.models.job_file import file_storage
from jobsmith.specs import VariableSpec
from tests.support.approvals import approve, gated_job, make_approver, request_of, scheduled
from tests.support.factories import make_admin, make_job, make_spec, make_user, make_worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga() -> Any:
    make_worker()
    return make_user("olga", "run_job", "view_approvalworkflow")


def age(days: int = 181) -> None:
    """As if all that was decided so long ago."""
    then = timezone.now() - timedelta(days=days)
    for model in (ApprovalWorkflow, ScheduledJob):
        model.objects.exclude(decision_date=None).update(decision_date=then)


def denied(workflow: ApprovalWorkflow) -> None:
    deny_stage(workflow.approval_workflow_stages.get(), user=make_approver(), comments="No.")


def cancelled(workflow: ApprovalWorkflow) -> None:
    cancel_approval(workflow, user=make_admin())


def expired(workflow: ApprovalWorkflow) -> None:
    ApprovalWorkflow.objects.update(expires_at=timezone.now() - timedelta(days=1))
    assert expire_approvals() == 1


@pytest.mark.parametrize("end", [denied, cancelled, expired])
def test_what_came_to_nothing_is_forgotten_in_time(olga: Any, end: Any) -> None:
    workflow = request_of(gated_job(), olga, host="a")
    write_note(workflow, user=make_admin("noter"), text="why?")
    end(workflow)
    age(179)
    assert prune_requests() == 0
    age()
    assert prune_requests() == 2
    for model in (ApprovalWorkflow, ApprovalWorkflowStageResponse, ScheduledJob, Note):
        assert not model.objects.exists(), model
    assert ObjectChange.objects.filter(object_label="jobsmith.approvalworkflow").exists()


def test_uploads_go_with_their_request(olga: Any, django_capture_on_commit_callbacks: Any) -> None:
    variable = VariableSpec(name="image", type="FileVar")
    job = make_job(make_spec("Upload", variable, approval_required=True))
    upload = SimpleUploadedFile("image.bin", b"content")
    enqueue_job(job, user=olga, inputs=CleanInputs(files={"image": upload}))
    denied(ApprovalWorkflow.objects.get())
    path = Path(file_storage().path(JobFile.objects.get().file.name))
    age()
    assert path.exists()
    with django_capture_on_commit_callbacks(execute=True):
        prune_requests()
    assert not JobFile.objects.exists()
    assert not path.exists()


def test_what_waits_and_what_a_run_rests_on_stays(olga: Any) -> None:
    job = gated_job()
    waiting, approved = request_of(job, olga, host="a"), request_of(job, olga, host="b")
    approve(approved, make_approver())
    age()
    assert prune_requests() == 0
    JobResult.objects.all().delete()
    assert prune_requests() == 2
    assert list(ApprovalWorkflow.objects.all()) == [waiting]
    assert list(ScheduledJob.objects.all()) == [waiting.scheduled_job]


def test_a_schedule_that_was_denied_stays_and_its_old_request_goes(olga: Any) -> None:
    job = gated_job()
    schedule = scheduled(job, olga)
    denied(ApprovalWorkflow.objects.get())
    age()
    assert prune_requests() == 1
    assert list(ScheduledJob.objects.all()) == [schedule]


def test_a_job_may_say_how_long(olga: Any) -> None:
    workflow = request_of(gated_job(), olga, host="a")
    denied(workflow)
    age(10)
    Job.objects.update(keep_failed_days=0)
    assert prune_requests() == 0
    Job.objects.update(keep_failed_days=9)
    assert prune_requests() == 2
