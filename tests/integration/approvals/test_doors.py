"""Door by door: what needs approval has no run, and the door says so."""

import ast
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobsmith.actions.fire_hooks import fire_hooks
from jobsmith.actions.save_webhook import create_webhook
from jobsmith.actions.start_due import start_due
from jobsmith.approving import is_watched
from jobsmith.audit import note_change
from jobsmith.cli.main import main
from jobsmith.models import (
    ApprovalWorkflow,
    HookFiring,
    Job,
    JobButton,
    JobHook,
    JobQueue,
    JobResult,
    ObjectChange,
    ScheduledJob,
    Source,
)
from tests.integration.api.conftest import client_of
from tests.support.approvals import approve, gated_job, make_approver, workflow_of
from tests.support.factories import make_admin, make_job, make_spec, make_user, make_worker
from tests.support.schedules import make_schedule

pytestmark = pytest.mark.django_db

SOURCE = Path(__file__).resolve().parents[3] / "src" / "jobsmith"


class World:
    """A gated job, an earlier run of it, a schedule of it, and an administrator at every door."""

    def __init__(self) -> None:
        make_worker()
        self.admin = make_admin()
        self.job = gated_job()
        self.earlier = JobResult.objects.create(
            job_model=self.job,
            name=self.job.name,
            class_path=self.job.class_path,
            status="SUCCESS",
            task_kwargs={"host": "a"},
            job_queue=self.job.default_job_queue,
            source_key="folder",
            source_digest=self.code(),
        )
        self.schedule = make_schedule(
            self.job,
            self.admin,
            kwargs={"host": "a"},
            job_queue=self.job.default_job_queue,
            crontab="0 0 1 1 *",
        )
        self.page = Client()
        self.page.force_login(self.admin)
        self.api = client_of(self.admin)

    def code(self) -> str:
        return str(Source.objects.get(key="folder").tree_id)

    def graphql(self, query: str) -> Any:
        answer = self.api.post("/api/graphql/", {"query": f"mutation {{ {query} }}"}, "json")
        return answer.json()

    def type(self, *words: str) -> Result:
        return CliRunner().invoke(main, [*words])


TIMED = {"name": "later", "interval": "custom", "crontab": "0 0 1 1 *"}
RUN = "/api/extras/jobs/{}/run/"


def page_run(world: World) -> None:
    answer = world.page.post(f"/jobs/{world.job.pk}/run/", {"host": "a"}, follow=True)
    assert "waits for approval" in answer.content.decode()


def page_rerun(world: World) -> None:
    answer = world.page.post(f"/runs/{world.earlier.pk}/rerun/", follow=True)
    assert "waits for approval" in answer.content.decode()


def page_same_code(world: World) -> None:
    world.page.post(f"/runs/{world.earlier.pk}/rerun/", {"code": "same"})


def page_schedule(world: World) -> None:
    sent = {f"_schedule_{name}": value for name, value in TIMED.items()}
    answer = world.page.post(f"/jobs/{world.job.pk}/run/", {"host": "a", **sent}, follow=True)
    assert "waits for approval" in answer.content.decode()


def page_schedule_run(world: World) -> None:
    answer = world.page.post(f"/schedules/{world.schedule.pk}/run/", follow=True)
    assert "waits for approval" in answer.content.decode()


def rest_run(world: World) -> None:
    answer = world.api.post(RUN.format(world.job.pk), {"data": {"host": "a"}}, "json")
    assert answer.status_code == 201
    assert answer.json()["job_result"] is None
    said = answer.json()["scheduled_job"]
    assert (said["state"]["value"], said["interval"], said["one_off"]) == (
        "pending",
        "future",
        True,
    )


def rest_multipart(world: World) -> None:
    assert world.api.post(RUN.format(world.job.name), {"host": "a"}).json()["job_result"] is None


def rest_schedule(world: World) -> None:
    body = {"data": {"host": "a"}, "schedule": TIMED}
    answer = world.api.post(RUN.format(world.job.pk), body, "json")
    assert answer.json()["scheduled_job"]["state"]["value"] == "pending"


def rest_rerun(world: World) -> None:
    answer = world.api.post(f"/api/extras/job-results/{world.earlier.pk}/rerun/", {}, "json")
    assert (answer.status_code, answer.json()["job_result"]) == (202, None)


def graphql_run(world: World) -> None:
    said = world.graphql(f'run_job(job: "{world.job.pk}") {{ id }}')
    assert said["data"] == {"run_job": None}
    assert len(said["extensions"]["waiting_for_approval"]) == 1


def graphql_rerun(world: World) -> None:
    said = world.graphql(f'rerun_job_result(id: "{world.earlier.pk}") {{ id }}')
    assert len(said["extensions"]["waiting_for_approval"]) == 1


def graphql_schedule(world: World) -> None:
    when = ", ".join(f'{name}: "{value}"' for name, value in TIMED.items())
    said = world.graphql(f'schedule_job(job: "{world.job.pk}", {when}) {{ state }}')
    assert said["data"]["schedule_job"]["state"] == "PENDING"


def rest_schedule_run(world: World) -> None:
    answer = world.api.post(f"/api/extras/scheduled-jobs/{world.schedule.pk}/run/", {}, "json")
    assert (answer.status_code, answer.json()["job_result"]) == (202, None)


def graphql_schedule_run(world: World) -> None:
    said = world.graphql(f'run_scheduled_job(id: "{world.schedule.pk}") {{ id }}')
    assert len(said["extensions"]["waiting_for_approval"]) == 1


def button_of(world: World) -> Any:
    Job.objects.filter(pk=world.job.pk).update(is_job_button_receiver=True)
    button = JobButton.objects.create(name="b", text="Press", job=world.job, confirmation=False)
    button.content_types.add(ContentType.objects.get_for_model(JobQueue))
    return button


def pressed(world: World) -> dict[str, Any]:
    return {
        "object_model_name": "jobsmith.jobqueue",
        "object_pk": str(JobQueue.objects.all()[0].pk),
    }


def page_button(world: World) -> None:
    address = reverse("jobsmith:button_press", args=[button_of(world).pk])
    answer = world.page.post(address, pressed(world), follow=True)
    assert "waits for approval" in answer.content.decode()


def script_button(world: World) -> None:
    address = reverse("jobsmith:button_press", args=[button_of(world).pk])
    answer = world.page.post(address, pressed(world), headers={"accept": "application/json"})
    assert "waits for approval" in answer.json()["message"]


def rest_button(world: World) -> None:
    address = f"/api/extras/job-buttons/{button_of(world).pk}/press/"
    answer = world.api.post(address, pressed(world), "json")
    assert (answer.status_code, answer.json()["job_result"]) == (202, None)


def graphql_button(world: World) -> None:
    said = ", ".join(f'{name}: "{value}"' for name, value in pressed(world).items())
    told = world.graphql(f'press_job_button(id: "{button_of(world).pk}", {said}) {{ id }}')
    assert len(told["extensions"]["waiting_for_approval"]) == 1


def cli_button(world: World) -> None:
    button_of(world)
    record = ":".join(pressed(world).values())
    assert world.type("press", "b", record).exit_code == 4


def webhook(world: World) -> None:
    values = {"name": "w", "job": world.job, "scheme": "token"}
    row, secret = create_webhook(user=world.admin, values=values)
    address = reverse("jobsmith:job_hook", args=[row.pk])
    sent = {"headers": {"authorization": f"Bearer {secret}"}}
    answer = Client().post(address, {}, "application/json", **sent)
    assert (answer.status_code, answer.json()["job_result"]) == (202, None)


def hook(world: World) -> None:
    fire(world, world.admin)


def hook_without_rights(world: World) -> None:
    fire(world, make_user("changer"))


def hook_of_nobody(world: World) -> None:
    fire(world, None)


def fire(world: World, changer: Any) -> None:
    Job.objects.filter(pk=world.job.pk).update(is_job_hook_receiver=True)
    made = JobHook.objects.create(name="h", job=world.job, type_update=True)
    made.content_types.add(ContentType.objects.get_for_model(JobQueue))
    queue = JobQueue.objects.all()[0]
    change = note_change(queue, user=changer, before={})
    ObjectChange.objects.filter(pk=change.pk).update(awaits_hooks=True)
    fire_hooks()
    assert HookFiring.objects.get().skipped == "It waits for approval."


def cli_run(world: World) -> None:
    typed = world.type("run", str(world.job.pk), "host=a")
    assert (typed.exit_code, "waits for approval" in typed.output) == (4, True)


def cli_runjob(world: World) -> None:
    assert world.type("runjob", world.job.class_path, "-u", "admin").exit_code == 4


def cli_rerun(world: World) -> None:
    typed = world.type("rerun", str(world.earlier.pk), "--json")
    assert typed.exit_code == 4
    assert json.loads(typed.output.splitlines()[0])["state"] == "pending"


def cli_schedule(world: World) -> None:
    words = ("--name", "later", "--crontab", "0 0 1 1 *")
    assert world.type("schedules", "add", str(world.job.pk), *words).exit_code == 0


def cli_schedule_run(world: World) -> None:
    assert world.type("schedules", "run", world.schedule.name).exit_code == 4


def clock(world: World) -> None:
    past = timezone.now() - timedelta(seconds=5)
    ScheduledJob.objects.filter(pk=world.schedule.pk).update(next_due_at=past, start_time=past)
    assert start_due() == 0


DOORS: dict[str, Callable[[World], None]] = {
    each.__name__: each
    for each in (
        *(page_run, page_rerun, page_same_code, page_schedule, page_schedule_run),
        *(rest_run, rest_multipart, rest_schedule, rest_rerun),
        *(rest_schedule_run, graphql_schedule_run, page_button, script_button, rest_button),
        *(graphql_run, graphql_rerun, graphql_schedule),
        *(cli_run, cli_runjob, cli_rerun, cli_schedule, cli_schedule_run, clock),
        *(hook, hook_without_rights, hook_of_nobody),
        *(graphql_button, cli_button, webhook),
    )
}


@pytest.mark.parametrize("door", DOORS)
def test_no_door_has_a_hole(door: str) -> None:
    world = World()
    DOORS[door](world)
    assert list(JobResult.objects.all()) == [world.earlier]
    workflow = ApprovalWorkflow.objects.get()
    assert workflow.is_pending
    approve(workflow, make_approver())
    schedule = workflow.scheduled_job
    assert schedule is not None
    if not schedule.asked:
        past = timezone.now() - timedelta(seconds=5)
        ScheduledJob.objects.filter(pk=schedule.pk).update(next_due_at=past)
        assert start_due() == 1
    run = JobResult.objects.exclude(pk=world.earlier.pk).get()
    assert run.approval == workflow_of(ScheduledJob.objects.get(pk=schedule.pk))


def calls(name: str) -> set[str]:
    """Modules that call a function of that name."""
    return {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == name
    }


def test_runs_are_recorded_behind_the_gate_only() -> None:
    shown_only = {"web/inputs_shown.py"}
    assert calls("JobResult") - shown_only == {"actions/enqueue_job.py"}
    assert calls("JobResult.objects.create") == set()
    assert calls("record_run") == {"actions/enqueue_job.py", "actions/start_approved.py"}


def test_ungated_jobs_are_not_slowed_down(django_assert_num_queries: Any) -> None:
    job = make_job(make_spec("Ping"))
    with django_assert_num_queries(1):
        assert not is_watched(job)
