"""Ways around the gate that are none, and ways through it that must stay open."""

from typing import Any

import pytest
from click.testing import CliRunner
from django.contrib.contenttypes.models import ContentType

from jobsmith.actions.fire_hooks import fire_hooks
from jobsmith.actions.start_approved import start_dry_run
from jobsmith.audit import note_change
from jobsmith.cli.main import main
from jobsmith.errors import CannotStart, NoDryRun, RequestChanged
from jobsmith.models import (
    ApprovalWorkflow,
    Job,
    JobHook,
    JobQueue,
    JobResult,
    ObjectChange,
    ScheduledJob,
    Worker,
)
from tests.support.approvals import (
    HOST,
    approve,
    approved_run,
    ask,
    claimed,
    request_of,
    workflow_of,
)
from tests.support.factories import make_spec, make_user, make_version, serve

pytestmark = pytest.mark.django_db


def serve_without_dry_run() -> None:
    """Other code serves, and the record of the job has not heard of it yet."""
    serve(make_version("v2", {"pings.py": "second"}, make_spec("Deploy", HOST)))


def test_a_run_that_cannot_be_opened_ends_alone(
    job: Job, olga: Any, anna: Any, worker: Worker
) -> None:
    broken = approved_run(job, olga, anna, password="hunter22")
    approve(request_of(job, olga), anna)
    JobResult.objects.filter(pk=broken.pk).update(sealed_kwargs="no seal")
    assert claimed(worker) == ["FAILURE", "STARTED"]
    broken.refresh_from_db()
    assert (broken.cause, broken.attempt) == ("not_approved", 0)
    assert "cannot be opened" in broken.cause_detail


def test_code_without_a_dry_run_is_not_tried_out(job: Job, olga: Any, anna: Any) -> None:
    serve_without_dry_run()
    with pytest.raises(NoDryRun):
        start_dry_run(request_of(job, olga), user=anna)
    assert not JobResult.objects.exists()


def test_code_without_a_dry_run_is_not_exempt(job: Job, olga: Any, settings: Any) -> None:
    settings.JOBSMITH = {**settings.JOBSMITH, "APPROVAL_DRYRUN_EXEMPT": True}
    serve_without_dry_run()
    assert isinstance(ask(job, olga, dryrun=True), ScheduledJob)


def test_a_dry_run_goes_by_the_version_that_it_runs(
    job: Job, olga: Any, anna: Any, worker: Worker
) -> None:
    start_dry_run(request_of(job, olga), user=anna)
    Job.objects.filter(pk=job.pk).update(supports_dryrun=False)
    assert claimed(worker) == ["STARTED"]


def test_who_was_deleted_has_nothing_run_by_a_hook(job: Job, anna: Any) -> None:
    Job.objects.filter(pk=job.pk).update(is_job_hook_receiver=True)
    hook = JobHook.objects.create(name="h", job=job, type_update=True)
    hook.content_types.add(ContentType.objects.get_for_model(JobQueue))
    changer = make_user("changer")
    change = note_change(JobQueue.objects.all()[0], user=changer, before={})
    ObjectChange.objects.filter(pk=change.pk).update(awaits_hooks=True)
    fire_hooks()
    changer.delete()
    schedule = ScheduledJob.objects.get()
    with pytest.raises(RequestChanged):
        approve(workflow_of(schedule), anna)
    with pytest.raises(CannotStart, match="owner is gone"):
        approve(workflow_of(schedule), anna)
    assert not JobResult.objects.exists()


def test_in_a_shell_a_request_is_decided_by_its_id_alone(job: Job, olga: Any, anna: Any) -> None:
    meant, trap = request_of(job, olga, host="a"), request_of(job, olga, host="b")
    ApprovalWorkflow.objects.filter(pk=trap.pk).update(name=str(meant.pk))
    for verb in ("approve", "deny", "cancel"):
        typed = CliRunner().invoke(main, ["approvals", verb, meant.name, "--user", "anna"])
        assert (typed.exit_code != 0, "no request" in typed.output) == (True, True)
    shown = CliRunner().invoke(main, ["approvals", "show", meant.name, "--user", "anna"])
    assert meant.digest in shown.output
    words = ["approvals", "approve", str(meant.pk), "--user", "anna", "--digest"]
    assert CliRunner().invoke(main, [*words, trap.digest]).exit_code != 0
    assert CliRunner().invoke(main, [*words, meant.digest]).exit_code == 0
    assert JobResult.objects.get().approval == meant
