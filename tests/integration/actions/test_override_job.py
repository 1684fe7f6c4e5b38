"""Overrides: a held field stays, a released one follows the source at once."""

from typing import Any

import pytest

from jobsmith.actions.override_job import edit_job
from jobsmith.errors import InputsRefused, NotAllowed
from jobsmith.models import JobQueue, Tag
from jobsmith.web.job_edit_form import JobEditForm
from tests.support.factories import make_admin, make_job, make_spec, make_user

pytestmark = pytest.mark.django_db


def edit(job: Any, values: dict[str, Any], **overrides: bool) -> Any:
    return edit_job(job, user=make_admin(), values=values, overrides=overrides)


def test_a_value_with_its_flag_is_kept() -> None:
    job = edit(make_job(), {"grouping": "Mine"}, grouping=True)
    job.refresh_from_db()
    assert (job.grouping, job.overridden) == ("Mine", ["grouping"])


def test_clearing_the_flag_reverts_the_field_at_once() -> None:
    job = make_job(grouping="Mine", overridden=["grouping"])
    assert edit(job, {}, grouping=False).grouping == "Net"


def test_a_value_without_its_flag_is_refused_by_name() -> None:
    with pytest.raises(InputsRefused) as refusal:
        edit(make_job(), {"grouping": "Mine"})
    assert "grouping_override" in refusal.value.errors["grouping"][0]


def test_the_current_value_needs_no_flag() -> None:
    assert edit(make_job(), {"grouping": "Net", "enabled": False}).enabled is False


def test_read_only_fields_are_refused() -> None:
    with pytest.raises(InputsRefused) as refusal:
        edit(make_job(), {"installed": False})
    assert refusal.value.errors == {"installed": ["This field is read-only."]}


def test_a_negative_limit_is_refused() -> None:
    with pytest.raises(InputsRefused) as refusal:
        edit(make_job(), {"time_limit": -5.0}, time_limit=True)
    assert refusal.value.errors == {
        "time_limit": ["Ensure this value is greater than or equal to 0."]
    }


def test_queues_can_be_held_and_released() -> None:
    job, gpu = make_job(make_spec("Ping")), JobQueue.objects.create(name="gpu")
    admin = make_admin()
    edit_job(job, user=admin, values={"job_queues": [gpu]}, overrides={"job_queues": True})
    assert {each.name for each in job.job_queues.all()} == {"default", "gpu"}
    edit_job(job, user=admin, values={}, overrides={"job_queues": False})
    assert {each.name for each in job.job_queues.all()} == {"default"}


def test_released_queues_are_those_of_the_source_or_the_servers_default(settings: Any) -> None:
    settings.JOBSMITH = {**settings.JOBSMITH, "DEFAULT_QUEUE": "main"}
    admin = make_admin()
    flags = {"job_queues": False, "default_job_queue": False}
    named = make_job(make_spec("Named", task_queues=["gpu", "../x", "gpu"]))
    for job, queues in ((named, ["gpu"]), (make_job(make_spec("Plain")), ["main"])):
        job.overridden = sorted(flags)
        job.save()
        edit_job(job, user=admin, values={}, overrides=flags)
        job.refresh_from_db()
        assert [each.name for each in job.job_queues.all()] == queues
        assert job.default_job_queue.name == queues[0]
        shown = JobEditForm(job=job, queues=JobQueue.objects.all(), tags=Tag.objects.all())
        assert shown.declared("job_queues") == ", ".join(queues)
        assert shown.declared("default_job_queue") == queues[0]


def test_changing_a_job_needs_the_right() -> None:
    user = make_user("vera", "view_job")
    with pytest.raises(NotAllowed):
        edit_job(make_job(), user=user, values={"enabled": False}, overrides={})
