"""Characters that nobody sees are shown in pages and commands, and turn nothing around them."""

import json
from typing import Any

import pytest
from click.testing import CliRunner
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from jobsmith.actions.decide_approval import comment_stage
from jobsmith.cli.main import main
from jobsmith.models import (
    ApprovalWorkflow,
    ApprovalWorkflowDefinition,
    ApprovalWorkflowStageDefinition,
    GitRepository,
    JobButton,
    JobFile,
    JobHook,
    JobLogEntry,
    JobQueue,
    JobResult,
    Note,
    ObjectPermission,
    ScheduledJob,
    Tag,
    Token,
)
from jobsmith.web.unseen import UNSEEN, unseen_shown
from tests.support import factories as make
from tests.support.approvals import define, gated_job, request_of, stage_of
from tests.support.schedules import make_schedule

TURNED = "invoice\u202efdp\x9b.exe"
BOXED = (
    'invoice<span class="jsm-turn" data-code="U+202E">\u202e</span>fdp'
    '<span class="jsm-turn" data-code="U+009B">\x9b</span>.exe'
)
MARKS = [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x1B, 0x07, 0x00, 0x7F, 0x85]


@pytest.mark.parametrize("mark", [chr(each) for each in MARKS], ids=[hex(each) for each in MARKS])
def test_every_such_character_gets_a_box(mark: str) -> None:
    code = f"U+{ord(mark):04X}"
    box = f'<span class="jsm-turn" data-code="{code}">{mark}</span>'
    assert unseen_shown(f"<p>a{mark}b</p>") == f"<p>a{box}b</p>"


def test_other_pages_stay_as_they_are() -> None:
    for page in ("<p>שלום, &lt;b&gt;\t\r\n</p>", "", '<a title="a > b">é</a>'):
        assert unseen_shown(page) == page


def test_what_is_typed_into_stays_and_titles_hold_no_box() -> None:
    for kept in (f'<input value="a > {TURNED}">', f"<textarea>{TURNED}</textarea>"):
        assert unseen_shown(f"{kept}{TURNED}") == f"{kept}{BOXED}"
    for tag in ("title", "option"):
        told = unseen_shown(f"<{tag}>{TURNED}</{tag}>")
        assert told == f"<{tag}>invoice\ufffdfdp\ufffd.exe</{tag}>"


class World:
    """Records with such a name, wherever somebody can choose one."""

    def __init__(self) -> None:
        make.make_worker()
        self.admin = make.make_admin()
        self.job = gated_job(TURNED)
        define((f"group {TURNED}", 1), job_model__name=TURNED)
        ApprovalWorkflowDefinition.objects.update(name=TURNED)
        ApprovalWorkflowStageDefinition.objects.update(name=TURNED)
        self.request = request_of(self.job, self.admin, host=TURNED)
        ApprovalWorkflow.objects.update(name=TURNED, state_reason=TURNED)
        stage = stage_of(self.request)
        comment_stage(stage, user=self.admin, comments=TURNED)
        self.schedule = make_schedule(self.job, self.admin, name=TURNED, kwargs={"host": TURNED})
        ScheduledJob.objects.filter(pk=self.schedule.pk).update(state_reason=TURNED)
        self.queue = JobQueue.objects.create(name=f"q{TURNED}", description=TURNED)
        self.tag = Tag.objects.create(name=TURNED, description=TURNED)
        self.button = JobButton.objects.create(name=TURNED, text=TURNED, job=self.job)
        self.hook = JobHook.objects.create(name=TURNED, job=self.job, type_update=True)
        self.permission = ObjectPermission.objects.create(name=TURNED, actions=["view"])
        self.token = Token.objects.create(user=self.admin, key="k", description=TURNED)
        self.group = Group.objects.get(name=f"group {TURNED}")
        self.repository = GitRepository.objects.create(
            name=TURNED, slug="turned", remote_url="https://git.example/x.git"
        )
        table = {"__jobsmith_type__": "table", "title": TURNED, "columns": [TURNED]}
        self.good = self.run(status="SUCCESS", result={"rows": {**table, "rows": [[TURNED]]}})
        told = {"exc_type": TURNED, "exc_message": [TURNED]}
        self.bad = self.run(status="FAILURE", result=told, traceback=f"T {TURNED}", cause="x")
        self.waiting = self.run(status="PENDING", waiting_reason=TURNED)
        self.going = self.run(status="STARTED", progress_done=1, progress_text=TURNED)

    def run(self, **fields: Any) -> JobResult:
        """A run with a line, a file and an input."""
        run = make.make_result(
            self.job, user=self.admin, cause_detail=TURNED, task_kwargs={"host": TURNED}, **fields
        )
        line = {"log_level": "failure", "grouping": TURNED, "message": TURNED}
        JobLogEntry.objects.create(job_result=run, seq=1, created=timezone.now(), **line)
        JobFile.objects.create(job_result=run, name=TURNED, size=1)
        return run

    def pages(self) -> list[str]:
        """Addresses that show them."""
        lists = (
            *("/", "/runs/", "/schedules/", "/schedules/?show=requests", "/approvals/?show=all"),
            *("/queues/", "/tags/", "/buttons/", "/hooks/", "/repositories/", "/problems/"),
            *("/access/users/", "/access/groups/", "/access/permissions/", "/access/tokens/"),
        )
        shown = (
            *((self.good, "result"), (self.good, "files"), (self.good, "inputs")),
            *((self.bad, "log"), (self.bad, "result"), (self.waiting, "log"), (self.going, "log")),
        )
        tabs = [f"{run.get_absolute_url()}?tab={tab}" for run, tab in shown]
        records = [
            *(f"/schedules/{self.schedule.pk}/", self.request.get_absolute_url()),
            *(self.job.get_absolute_url(), f"{self.job.get_absolute_url()}run/"),
            *(f"/queues/{self.queue.pk}/", f"/tags/{self.tag.pk}/", f"/hooks/{self.hook.pk}/"),
            *(f"/buttons/{self.button.pk}/", f"/access/groups/{self.group.pk}/"),
            *(f"/access/permissions/{self.permission.pk}/", f"/access/tokens/{self.token.pk}/"),
            f"{self.bad.get_absolute_url()}steps/",
        ]
        return [*lists, *tabs, *records]


@pytest.fixture
def world(db: None) -> World:
    return World()


def text_of(page: str) -> str:
    """What stands between the tags, without what is typed into, and without the boxes."""
    plain = page.replace("\u202e</span>", "</span>").replace("\x9b</span>", "</span>")
    found, inside = [], False
    for part in plain.replace("<textarea", "<<textarea").split("<"):
        name, _, text = part.partition(">")
        inside = name.startswith("textarea")
        found.append("" if inside else text)
    return "".join(found)


@pytest.mark.timeout(600)
def test_no_page_has_them_raw(world: World) -> None:
    browser, boxed = Client(), 0
    browser.force_login(world.admin)
    for address in world.pages():
        answer = browser.get(address)
        page = answer.content.decode()
        if answer.status_code == 404:
            raise AssertionError(address)
        assert UNSEEN.search(text_of(page)) is None, address
        boxed += BOXED in page
    assert boxed > len(world.pages()) * 2 / 3


COMMANDS = (
    *("jobs", "runs", "schedules list", "schedules list --requests", "approvals list"),
    *("queues list", "workers", "token list admin", "problems"),
)


@pytest.mark.parametrize("words", COMMANDS)
def test_no_command_prints_them_raw(world: World, words: str) -> None:
    quiet(words.split())


def test_no_command_on_one_record_prints_them_raw(world: World) -> None:
    for run in (world.good, world.bad, world.waiting):
        quiet(["logs", str(run.pk)])
    quiet(["approvals", "show", str(world.request.pk)])
    quiet(["run", f"no {TURNED}"])
    quiet(["schedules", "pause", f"no {TURNED}"])


def quiet(words: list[str]) -> None:
    told = CliRunner().invoke(main, words)
    assert not isinstance(told.exception, Exception), (words, told.exception)
    found = UNSEEN.search(told.output)
    assert found is None, (words, json.dumps(told.output))


def test_notes_are_shown_like_everything_else(world: World) -> None:
    note = Note.objects.create(assigned_object=world.job, user=world.admin, note=TURNED)
    browser = Client()
    browser.force_login(world.admin)
    page = browser.get(world.job.get_absolute_url()).content.decode()
    assert str(note.pk) in page
    assert BOXED in page
