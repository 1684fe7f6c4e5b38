"""GraphQL made of the schema is answered without a failure, and changes only what the role may."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from graphql import (
    REMOVE,
    ArgumentNode,
    StringValueNode,
    Visitor,
    parse,
    parse_value,
    print_ast,
    visit,
)
from hypothesis import strategies as st
from hypothesis_graphql import Mode, from_schema

from jobsmith.graphql.schema import schema
from jobsmith.models import (
    ApprovalWorkflow,
    ApprovalWorkflowStage,
    GitRepository,
    Job,
    JobButton,
    JobQueue,
    JobResult,
    NotificationRule,
    ScheduledJob,
)
from tests.support.described import drawn
from tests.support.matrix.asking import Asker, kept
from tests.support.matrix.queries import a_tag
from tests.support.matrix.roles import ROLES, Role
from tests.support.matrix.world import OTHER, OWN, World, make_world

pytestmark = pytest.mark.timeout(600)
"""A role asks thousands of times; each takes a part of a second on a busy machine."""

MAY_CHANGE: dict[str, set[str]] = {  # everybody may cancel their own runs and requests
    "anonymous": set(),
    "viewer": {"cancel_job_result", "cancel_approval_workflow"},
    "runner": {
        *("run_job", "schedule_job", "rerun_job_result"),
        *("cancel_job_result", "cancel_approval_workflow"),
    },
    "superuser": {
        *("run_job", "rerun_job_result", "cancel_job_result"),
        *("delete_job_result", "update_job", "schedule_job"),
        *("approve_approval_workflow_stage", "deny_approval_workflow_stage"),
        *("comment_approval_workflow_stage", "cancel_approval_workflow"),
        *("pause_scheduled_job", "resume_scheduled_job", "sync_git_repository"),
        *("pause_job_queue", "drain_job_queue"),
        *("skip_scheduled_job", "run_scheduled_job", "delete_scheduled_job"),
        *("edit_scheduled_job", "test_notification_rule"),
        *("dry_run_approval_workflow", "press_job_button", "transfer_scheduled_job"),
    },
}
FOUR = [role for role in ROLES if role.name in MAY_CHANGE]
SOMEBODY_ELSES = "somebody else's"
ABOUT = {
    "approve_approval_workflow_stage": (ApprovalWorkflowStage, "foreign"),
    "deny_approval_workflow_stage": (ApprovalWorkflowStage, ""),
    "comment_approval_workflow_stage": (ApprovalWorkflowStage, ""),
    "cancel_approval_workflow": (ApprovalWorkflow, ""),
    "dry_run_approval_workflow": (ApprovalWorkflow, ""),
    "press_job_button": (JobButton, ""),
    "run_job": (Job, ""),
    "schedule_job": (Job, ""),
    "pause_scheduled_job": (ScheduledJob, ""),
    "resume_scheduled_job": (ScheduledJob, ""),
    "edit_scheduled_job": (ScheduledJob, ""),
    "transfer_scheduled_job": (ScheduledJob, SOMEBODY_ELSES),
    "sync_git_repository": (GitRepository, ""),
    **dict.fromkeys(("pause_job_queue", "drain_job_queue", "resume_job_queue"), (JobQueue, "")),
    **dict.fromkeys(
        ("skip_scheduled_job", "run_scheduled_job", "delete_scheduled_job"), (ScheduledJob, "")
    ),
    "test_notification_rule": (NotificationRule, ""),
    "update_job": (Job, ""),
    "cancel_job_result": (JobResult, "waiting"),
    "rerun_job_result": (JobResult, ""),
    "delete_job_result": (JobResult, ""),
}
"""Which row a mutation is about, so that it does not only meet keys that are not there."""
VALUES = ("{}", '{text: "a"}', "{text: [1, {deep: null}]}", "[1]", '"text"', "1.5", "null")
VALID, INVALID = 8, 3
"""Requests for each root field; twice as many valid ones for those that change something."""
FIXED: dict[str, dict[str, str | Callable[[], str]]] = {
    "comment_approval_workflow_stage": {"comments": "hm"},
    "press_job_button": {"object_model_name": "jobsmith.tag", "object_pk": a_tag},
    "schedule_job": {"name": "made", "interval": "custom", "crontab": "0 0 * * *"},
}
"""What has to make sense, as chance does not find it."""
PLAIN = ("data", "enabled")
ROOT = len(("definitions", 0, "selection_set", "selections", 0, "arguments", 0))
FOREIGN = ("Traceback", 'File "', "The server failed to answer.")


@dataclass(frozen=True)
class Request:
    """One root field with all that is below it."""

    field: str
    text: str
    is_valid: bool

    @property
    def is_mutation(self) -> bool:
        """Whether it may change something at all."""
        return self.field in ABOUT


@dataclass
class Tally:
    """Of all tests of this module that ran."""

    requests: int = 0
    failures: int = 0


TALLY = Tally()


@pytest.fixture(scope="module", autouse=True)
def summary(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        sys.stdout.write(
            f"\n  GraphQL: {TALLY.requests} requests, {len(FOUR)} roles, {TALLY.failures} x 5xx\n"
        )


@cache
def generated() -> list[Request]:
    """For every query and mutation of the schema; the same at every run."""
    assert set(mutations()) == set(ABOUT)
    return [
        Request(field, text, is_valid)
        for field in (*schema().query_type.fields, *mutations())  # type: ignore[union-attr]
        for is_valid, count in ((True, VALID * (1 + (field in ABOUT))), (False, INVALID))
        for text in drawn(requests_of(field, is_valid), count)
    ]


def mutations() -> list[str]:
    kind = schema().mutation_type
    return list(kind.fields) if kind else []


def requests_of(field: str, is_valid: bool) -> Any:
    return from_schema(
        schema(),
        fields=[field],
        custom_scalars={"GenericScalar": st.sampled_from(VALUES).map(parse_value)},
        mode=Mode.POSITIVE if is_valid else Mode.NEGATIVE,
    )


@pytest.mark.django_db
@pytest.mark.parametrize("role", FOUR, ids=str)
def test_generated_queries_and_mutations_keep_to_the_rights_of_each_role(role: Role) -> None:
    world = make_world()
    asker, wrong, changed, reached = Asker(world, role), [], set(), set()
    for number, each in enumerate(generated()):
        text = about(world, role, each) if number % 2 else each.text
        with kept(asker.before) as watched:
            body = json.dumps({"query": text})
            answer = asker.send("POST", "/api/graphql/", body, "application/json")
            is_changed = watched.changed()
        TALLY.requests += 1
        TALLY.failures += answer.status_code >= 500
        is_refused = b'"errors"' in answer.content
        changed |= {each.field} if is_changed else set()
        reached |= set() if is_refused else {each.field}
        wrong += [f"refused, but done: {text}"] if is_changed and is_refused else []
        wrong += [f"{text}: {fault}" for fault in faults(role, each, answer)]
    assert wrong == []
    assert changed == MAY_CHANGE[role.name]
    if role.is_superuser:
        assert reached == {each.field for each in generated()}


def about(world: World, role: Role, request: Request) -> str:
    """A mutation of a row that is there, in place of a random key."""
    if not request.is_mutation or not request.is_valid:
        return request.text
    kind, flavour = ABOUT[request.field]
    is_own = flavour != SOMEBODY_ELSES
    row = world.target(kind, OWN if is_own else OTHER, role, flavour if is_own else "")
    assert row is not None
    fixed = {
        name: each() if callable(each) else each
        for name, each in FIXED.get(request.field, {}).items()
    }
    return print_ast(visit(parse(request.text), Naming(str(row.pk), fixed)))


class Naming(Visitor):
    """Puts a key in place of the one that a root field names, and leaves out all but little else.

    With random queues and fields nothing would be allowed to happen.
    """

    def __init__(self, key: str, fixed: dict[str, str]) -> None:
        super().__init__()
        self.key = key
        self.fixed = fixed

    def enter_argument(
        self, node: ArgumentNode, _key: Any, _parent: Any, path: list[Any], *_: Any
    ) -> Any:
        if len(path) != ROOT:
            return None
        if node.name.value in ("id", "job"):
            return ArgumentNode(name=node.name, value=StringValueNode(value=self.key))
        if text := self.fixed.get(node.name.value):
            return ArgumentNode(name=node.name, value=StringValueNode(value=text))
        return None if node.name.value in PLAIN else REMOVE


def faults(role: Role, request: Request, answer: Any) -> Iterator[str]:
    """What is wrong with an answer."""
    text = answer.content.decode()
    said = json.loads(text)
    yield from (f"{word} in {text}" for word in FOREIGN if word in text)
    if not role.is_signed_in:
        if (answer.status_code, list(said)) != (403, ["detail"]):
            yield f"{answer.status_code} for nobody"
        return
    if answer.status_code not in (200, 400):
        yield f"status {answer.status_code}"
    if answer.status_code == 200 and "data" not in said:
        yield f"no data in {text}"
    if answer.status_code == 400 and not {"errors", "detail"} & said.keys():
        yield f"no reason in {text}"
    if not request.is_valid and answer.status_code != 400:
        yield f"accepted with {answer.status_code}"
    if not all(isinstance(each["message"], str) for each in said.get("errors", ())):
        yield f"an error without a message in {text}"
