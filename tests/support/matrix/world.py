"""Rows in five classes for each kind of record, and what may be known of each.

Every text of a row holds a word that stands nowhere else, so that an answer which shows anything
of a row out of reach gives itself away.
"""

import re
import uuid
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from itertools import count
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db.models import Model
from django.utils import timezone

from jobsmith.actions.tokens import create_token
from jobsmith.inputs.vault import seal
from jobsmith.models import (
    ApprovalWorkflowStage,
    BlackoutCalendar,
    GitRepository,
    GraphQLQuery,
    Job,
    JobButton,
    JobConsoleEntry,
    JobFile,
    JobHook,
    JobLogEntry,
    JobQueue,
    JobQueueAssignment,
    JobResult,
    JobWebhook,
    Note,
    NotificationDelivery,
    NotificationEvent,
    NotificationRule,
    ObjectChange,
    ObjectPermission,
    ScheduledJob,
    Source,
    SourceProblem,
    SourceTree,
    Tag,
    Token,
)
from jobsmith.specs import JobSpec, VariableSpec, to_json
from tests.support.factories import make_spec, make_worker

from .roles import CONSTRAINTS, ROLES, Role, User
from .world_approvals import FOREIGN, add_request, add_rules, approvers

OWN, OTHER, OUTSIDE, UNINSTALLED, MISSING = "own", "other", "outside", "uninstalled", "missing"
CLASSES = (OWN, OTHER, OUTSIDE, UNINSTALLED, MISSING)
AREAS = {OWN: "alpha", OTHER: "alpha", OUTSIDE: "beta", UNINSTALLED: "alpha"}
"""What the names of their rows begin with: constraints reach alpha."""
SOMEBODY = "somebody"
"""Owner of what nobody in `ROLES` owns."""

WORD = re.compile(r"zqx\d{5}")


@dataclass(frozen=True, eq=False)
class Row:
    """What the oracle knows of a row."""

    kind: type[Model]
    pk: Any
    area: str
    owner: str = SOMEBODY
    installed: bool = True
    hangs_on: tuple["Row", ...] = ()
    """Rows that whoever sees this one must see, too."""
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind.__name__} {self.pk}"


@dataclass
class World:
    """All rows there are."""

    rows: dict[type[Model], list[Row]] = field(default_factory=lambda: defaultdict(list))
    targets: dict[tuple[type[Model], str, str, str], Row] = field(default_factory=dict)
    words: dict[str, list[Row]] = field(default_factory=dict)
    """Rows on which a word may be seen."""
    stages: dict[Row, Row] = field(default_factory=dict)
    """The stage of each request for approval."""
    users: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    reading_token: str = ""
    button_jobs: dict[Any, Row] = field(default_factory=dict)
    webhook_jobs: dict[Any, Row] = field(default_factory=dict)
    """The job of each button, by its key."""
    files: list[tuple[Any, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._numbers = count(1)

    def word(self) -> str:
        """A new word that nothing shows yet."""
        word = f"zqx{next(self._numbers):05}"
        self.words[word] = []
        return word

    def add(self, record: Model, area: str, text: str, **fields: Any) -> Row:
        """Note a row; the words of ``text`` may be seen on it."""
        row = Row(type(record), record.pk, area, **fields)
        self.rows[row.kind].append(row)
        self.tell(text, row)
        return row

    def tell(self, text: str, *rows: Row) -> None:
        """The words of ``text`` may be seen on these rows, too."""
        for word in WORD.findall(text):
            self.words[word] += rows

    def target(self, kind: type[Model], klass: str, role: Role, flavour: str = "") -> Row | None:
        """The row of a class as the role sees it; None for the missing one."""
        if klass == MISSING:
            return None
        if klass == OWN and (kind, OWN, role.name, flavour) in self.targets:
            return self.targets[kind, OWN, role.name, flavour]
        return self.targets.get((kind, klass, "", flavour)) or self.targets[kind, klass, "", ""]

    @cached_property
    def words_of(self) -> dict[Row, list[str]]:
        """Words that stand on one row only."""
        found: dict[Row, list[str]] = defaultdict(list)
        for word, rows in self.words.items():
            if len(rows) == 1:
                found[rows[0]].append(word)
        return found

    def restore_files(self) -> None:
        """Put back contents that a rolled-back deletion took."""
        for record, content in self.files:
            if not record.file.storage.exists(record.file.name):
                record.file.storage.save(record.file.name, ContentFile(content))


def missing_key(kind: type[Model]) -> Any:
    """A key that no row has."""
    return 98765 if kind is Group else uuid.UUID("0badc0de-0000-4000-8000-00000000dead")


def make_world() -> World:
    """Rows of every kind, for every role."""
    world = World()
    _users(world)
    _queues(world)
    jobs = {klass: _job(world, klass) for klass in AREAS}
    for klass, (job, row) in jobs.items():
        _around(world, klass, job, row)
        for role in ROLES if klass == OWN else (None,):
            _of_somebody(world, klass, job, row, role)
    for role in ROLES:
        foreign = world.targets[ApprovalWorkflowStage, OTHER, "", ""]
        world.targets[ApprovalWorkflowStage, OWN, role.name, FOREIGN] = foreign
        if role.is_signed_in:
            world.users[role.name].groups.add(approvers(world))
    _problem(world)
    _grants(world)
    make_worker("alpha default", "default", beat_at=timezone.now() + timedelta(hours=1))
    for queue in JobQueue.objects.exclude(pk__in=[row.pk for row in world.rows[JobQueue]]):
        world.add(queue, "beta", "", name=queue.name)
    ObjectChange.objects.exclude(pk__in=[row.pk for row in world.rows[ObjectChange]]).delete()
    return world


def _users(world: World) -> None:
    for klass in (OTHER, OUTSIDE, UNINSTALLED):
        _user(world, klass, f"{AREAS[klass]}-{klass}")
    for role in ROLES:
        _user(world, OWN, f"alpha-{role.name.replace(' ', '-')}", role)


def _user(world: World, klass: str, name: str, role: Role | None = None) -> None:
    known, hidden = world.word(), world.word()
    user: Any = User._default_manager.create_user(  # type: ignore[attr-defined]
        username=f"{name}-{known}",
        password="pw",
        first_name=hidden,
        email=f"{hidden}@example.com",
        is_superuser=bool(role and role.is_superuser),
    )
    owner = role.name if role else SOMEBODY
    row = world.add(user, AREAS[klass], f"{known} {hidden}", owner=owner, name=user.username)
    world.targets[User, klass, role.name if role else "", ""] = row
    world.users[role.name if role else klass] = user


def _queues(world: World) -> None:
    for name in ("default", "spare"):
        _queue(world, f"alpha {name}", "alpha")


def _queue(world: World, name: str, area: str) -> tuple[JobQueue, Row]:
    queue = JobQueue.objects.create(name=f"{name}", description=(hidden := world.word()))
    return queue, world.add(queue, area, f"{name} {hidden}", name=name)


def _job(world: World, klass: str) -> tuple[Job, Row]:
    known, hidden, group, label = world.word(), world.word(), world.word(), world.word()
    spec = make_spec(
        f"{AREAS[klass]} {klass} {known}",
        VariableSpec(name="text", type="StringVar", label=label, required=False),
        VariableSpec(
            name="who",
            type="ObjectVar",
            model=User._meta.label_lower,
            display_field="first_name",
            required=False,
        ),
        VariableSpec(name="dryrun", type="DryRunVar", required=False),
        description=hidden,
        supports_dryrun=True,
    )
    job = Job.objects.create(
        source_key=_code_of(spec),
        module_name=spec.module_name,
        job_class_name=spec.job_class_name,
        declared={**to_json(spec), "grouping": group},
        default_job_queue=JobQueue.objects.get(name="alpha default"),
        installed=klass != UNINSTALLED,
        is_job_button_receiver=True,
        is_job_hook_receiver=True,
        supports_dryrun=True,
        enabled=True,
        overridden=["job_queues"],
    )
    text = f"{known} {hidden} {group} {label}"
    row = world.add(job, AREAS[klass], text, installed=job.installed, name=job.name, owner=SOMEBODY)
    world.targets[Job, klass, "", ""] = row
    return job, row


def _code_of(spec: JobSpec) -> str:
    """Key of the source of all jobs, whose version knows this one, too."""
    key = "matrix"
    tree = SourceTree.objects.get_or_create(digest=key)[0]
    tree.specs[spec.class_path] = to_json(spec)
    tree.save()
    return Source.objects.get_or_create(key=key, defaults={"kind": "local", "tree": tree})[0].key


def _around(world: World, klass: str, job: Job, row: Row) -> None:
    """What belongs to a job, or is as far away as it is."""
    area, put = AREAS[klass], _putting(world, klass)
    _assigned(world, klass, job, row)
    tag = Tag.objects.create(name=f"{area} {klass} {world.word()}", description=world.word())
    job.tags.add(tag)
    for far in Job.objects.filter(
        name__startswith="alpha own"
    ):  # one in reach, the tag perhaps not
        far.tags.add(tag)
    for far in JobQueue.objects.filter(name__startswith="alpha own"):
        far.tags.add(tag)
    put(tag, f"{tag.name} {tag.description}", name=tag.name)
    query = GraphQLQuery.objects.create(
        name=f"{area} {klass} {world.word()}",
        query="{ jobs { id } }",
        variables={"text": world.word()},
    )
    put(query, f"{query.name} {query.variables}", name=query.name)
    repository = GitRepository.objects.create(
        name=f"{area} {klass} {world.word()}",
        slug=f"{klass}_of_the_matrix",
        remote_url=f"https://example.com/{world.word()}",
    )
    put(repository, f"{repository.name} {repository.remote_url}", name=repository.name)
    _problem_of(world, repository, world.targets[GitRepository, klass, "", ""])
    button = JobButton.objects.create(
        name=f"{area} {klass} {world.word()}", text=world.word(), job=job
    )
    button.content_types.add(ContentType.objects.get_for_model(Tag))
    text = f"{button.name} {button.text}"
    put(button, text, name=button.name, installed=row.installed)
    world.button_jobs[button.pk] = row
    hook = JobHook.objects.create(name=f"{area} {klass} {world.word()}", job=job, type_create=True)
    hook.content_types.add(ContentType.objects.get_for_model(Tag))
    put(hook, hook.name, name=hook.name, installed=row.installed)
    calendar = BlackoutCalendar.objects.create(
        name=f"{area} {klass} {world.word()}", description=world.word()
    )
    put(calendar, f"{calendar.name} {calendar.description}", name=calendar.name)
    rule = NotificationRule.objects.create(
        name=f"{area} {klass} {world.word()}",
        events=["run_failed"],
        channel=NotificationRule.Channel.WEBHOOK,
        owner=world.users[SUPERUSER],
        sealed_url=seal({"url": f"https://example.com/{world.word()}"}),
        sealed_signing_key=seal({"signing_key": world.word()}),
    )
    _told(world, rule, put(rule, rule.name, name=rule.name))
    webhook = JobWebhook.objects.create(
        name=f"{area} {klass} {world.word()}", job=job, mapping={"text": {"value": world.word()}}
    )
    text = f"{webhook.name} {webhook.mapping['text']['value']}"
    put(webhook, text, name=webhook.name, installed=row.installed)
    world.webhook_jobs[webhook.pk] = row
    group = Group.objects.create(name=f"{area} {klass} {world.word()}")
    put(group, group.name, name=group.name)
    permission = ObjectPermission.objects.create(
        name=f"{area} {klass} {world.word()}", actions=["view"], description=world.word()
    )
    permission.object_types.add(ContentType.objects.get_for_model(Job))
    put(permission, f"{permission.name} {permission.description}", name=permission.name)
    add_rules(world, klass, area)
    queue = world.targets[JobQueue, klass, "", ""]
    for target in (world.targets[Tag, klass, "", ""], world.targets[GraphQLQuery, klass, "", ""]):
        _note(world, klass, target)
    _note(world, klass, queue)
    world.targets[Note, klass, "", ""] = _note(world, klass, row)


def _told(world: World, rule: NotificationRule, row: Row) -> None:
    """A message that did not arrive, and one that the superuser was told and has read."""
    kind, title = NotificationEvent.Kind.TEST, world.word()
    event = NotificationEvent.objects.create(
        kind=kind, subject=rule.pk, waits=False, facts={"event": "test", "title": title}
    )
    world.tell(title, row)
    lost = NotificationDelivery.State.GIVEN_UP
    NotificationDelivery.objects.create(rule=rule, event=event, state=lost)
    NotificationDelivery.objects.create(
        rule=rule, event=event, user=world.users[SUPERUSER], in_app=True, read_at=timezone.now()
    )


def _putting(world: World, klass: str) -> Callable[..., Row]:
    def put(record: Model, text: str, **fields: Any) -> Row:
        row = world.add(record, AREAS[klass], text, **fields)
        world.targets[type(record), klass, "", ""] = row
        return row

    return put


def _assigned(world: World, klass: str, job: Job, row: Row) -> None:
    queue, queue_row = _queue(world, f"{AREAS[klass]} {klass} {world.word()}", AREAS[klass])
    world.targets[JobQueue, klass, "", ""] = queue_row
    for each in (job.default_job_queue, queue):
        found = JobQueueAssignment.objects.create(job=job, job_queue=each)
        text = f"{job.name} {each.name}"
        fields: dict[str, Any] = {"installed": row.installed, "hangs_on": (row,)}
        assignment = world.add(found, AREAS[klass], text, **fields)
        world.tell(each.name, row)  # a job names its queues
        world.targets[JobQueueAssignment, klass, "", ""] = assignment


def _note(world: World, klass: str, on: Row) -> Row:
    author = world.users[SUPERUSER if klass == OWN else klass]
    note = Note.objects.create(
        assigned_object_type=ContentType.objects.get_for_model(on.kind),
        assigned_object_id=on.pk,
        user=author,
        user_name=author.get_username(),
        note=f"{AREAS[klass]} {world.word()}",
    )
    row = world.add(note, AREAS[klass], note.note, hangs_on=(on,))
    world.tell(f"{on.name} {note.user_name}", row)
    return row


SUPERUSER = "superuser"


def _of_somebody(world: World, klass: str, job: Job, job_row: Row, role: Role | None) -> None:
    """What has an owner: runs and what hangs on them, schedules, tokens, changes."""
    owner = role.name if role else SOMEBODY
    user = world.users[role.name if role else klass]
    for flavour in ("", "waiting"):
        run = _run(world, job, job_row, user, owner, flavour)
        world.targets[JobResult, klass, owner if role else "", flavour] = run
        if not flavour:
            _lines(world, klass, run, owner if role else "")
    fields: dict[str, Any] = {"owner": owner, "installed": job_row.installed, "name": job.name}
    key = owner if role else ""
    schedule = ScheduledJob.objects.create(
        name=f"{AREAS[klass]} {world.word()}",
        task=job.class_path,
        job_model=job,
        interval="daily",
        next_due_at=timezone.now() + timedelta(days=1),
        user=user,
        job_queue=job.default_job_queue,
        description=world.word(),
        kwargs={"text": world.word()},
    )
    text = f"{schedule.name} {schedule.description} {schedule.kwargs} {schedule.task}"
    row = world.add(schedule, AREAS[klass], text, **fields)
    world.targets[ScheduledJob, klass, key, ""] = row
    add_request(world, klass, AREAS[klass], job, user, key)
    change = ObjectChange.objects.create(
        user=user,
        user_name=user.get_username(),
        request_id=uuid.uuid4(),
        action="update",
        changed_object_type=ContentType.objects.get_for_model(Job),
        object_label="jobsmith.job",
        changed_object_id=str(job.pk),
        change_context="web",
        object_repr=f"{AREAS[klass]} {world.word()}",
        before={"text": world.word()},
        after={"text": world.word()},
    )
    text = f"{change.object_repr} {change.before} {change.after} {change.user_name}"
    row = world.add(change, AREAS[klass], text, owner=owner)
    world.targets[ObjectChange, klass, key, ""] = row
    for _ in (1, 2):  # the first is used to ask, the second is what is asked for
        token, plain = create_token(user, description=f"{AREAS[klass]} {world.word()}")
        Token.objects.filter(pk=token.pk).update(last_used=timezone.now())
        text = f"{token.description} {user.get_username()}"
        row = world.add(token, AREAS[klass], text, owner=owner)
        world.targets[Token, klass, key, ""] = row
        world.tokens.setdefault(owner, plain)
    if role and role.is_superuser:
        token, world.reading_token = create_token(user, description="alpha", write_enabled=False)
        Token.objects.filter(pk=token.pk).update(last_used=timezone.now())
        world.add(token, "alpha", "", owner=owner)


def _run(world: World, job: Job, job_row: Row, user: Any, owner: str, flavour: str) -> Row:
    now, hidden = timezone.now(), world.word()
    ended: dict[str, Any] = {
        "status": "SUCCESS",
        "date_started": now,
        "date_done": now + timedelta(seconds=3),
        "task_name": job.class_path,
        "result": {
            "table": {
                "__jobsmith_type__": "table",
                "title": hidden,
                "columns": ["One"],
                "rows": [[hidden]],
            }
        },
        "traceback": hidden,
        "cause_detail": hidden,
        "log_count": 2,
        "console_count": 1,
    }
    run = JobResult.objects.create(
        job_model=job,
        name=job.name,
        class_path=job.class_path,
        job_queue=job.default_job_queue,
        user=user,
        task_kwargs={"text": hidden},
        source_label=hidden,
        **({"waiting_reason": hidden, "progress_text": hidden} if flavour else ended),
    )
    area = job_row.area
    row = world.add(run, area, hidden, owner=owner, installed=job_row.installed, name=job.name)
    label = job.declared["variables"][0]["label"]  # a run shows its inputs as they were asked for
    world.tell(f"{job.name} {job.class_path} {user.get_username()} {label}", row)
    return row


def _lines(world: World, klass: str, run: Row, owner: str) -> None:
    """Two log lines, one console line and a file."""
    now = timezone.now()
    records: list[tuple[Any, str]] = []
    for number in (1, 2):
        text = f"{world.word()} {world.word()}"
        message, about = text.split()
        line = JobLogEntry.objects.create(
            job_result_id=run.pk, seq=number, created=now, message=message, log_object=about
        )
        records.append((line, text))
    text = world.word()
    printed = JobConsoleEntry.objects.create(job_result_id=run.pk, seq=1, timestamp=now, text=text)
    records.append((printed, text))
    text = f"{world.word()} {world.word()}"
    name, content = text.split()
    file = JobFile(name=name, size=len(content), job_result_id=run.pk)
    file.file.save(name, ContentFile(content.encode()))
    world.files.append((file, content.encode()))
    records.append((file, text))
    for record, text in records:
        row = world.add(record, run.area, text, owner=run.owner, hangs_on=(run,))
        world.targets[type(record), klass, owner, ""] = row


def _problem(world: World) -> None:
    source = Source.objects.create(key="folder", kind="local", title=world.word())
    problem = SourceProblem.objects.create(
        source=source, code="import_failed", message=world.word(), file=world.word()
    )
    row = world.add(problem, "alpha", f"{source.title} {problem.message} {problem.file}")
    world.targets[SourceProblem, OTHER, "", ""] = row


def _problem_of(world: World, repository: GitRepository, seen: Row) -> None:
    """What is wrong with a repository; whoever sees that may see it."""
    key = f"git:{repository.slug}"
    source = Source.objects.create(key=key, kind="git", title=repository.name)
    problem = SourceProblem.objects.create(
        source=source, code="fetch_failed", message=world.word(), file=world.word()
    )
    world.add(problem, seen.area, f"{problem.message} {problem.file}", hangs_on=(seen,))


def _grants(world: World) -> None:
    """Give the roles their rights, as an administrator would."""
    for role in ROLES:
        user = world.users[role.name]
        for grant in role.grants:
            for kind in grant.kinds:
                if grant.django:
                    user.user_permissions.add(*(_djangos(each, kind) for each in grant.actions))
                else:
                    constraints = CONSTRAINTS.get((grant.scope, kind))
                    _permission(world, user, grant.actions, kind, constraints)


def _djangos(action: str, kind: type[Model]) -> Permission:
    options = kind._meta
    return Permission.objects.get(
        content_type__app_label=options.app_label, codename=f"{action}_{options.model_name}"
    )


def _permission(
    world: World, user: Any, actions: tuple[str, ...], kind: type[Model], constraints: Any
) -> None:
    permission = ObjectPermission.objects.create(
        name=f"beta grant {world.word()}", actions=actions, constraints=constraints
    )
    permission.object_types.add(ContentType.objects.get_for_model(kind))
    permission.users.add(user)
    world.add(permission, "beta", permission.name)
