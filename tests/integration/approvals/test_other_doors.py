"""What the page of a request does, done by GraphQL and by command: the same, by the same rules."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from jobsmith.cli.main import main
from jobsmith.models import ApprovalWorkflow, JobResult
from tests.integration.api.conftest import client_of
from tests.support.approvals import gated_job, make_approver, request_of
from tests.support.factories import make_user, make_worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def workflow() -> ApprovalWorkflow:
    make_worker()
    return request_of(gated_job(), make_user("olga", "run_job"), host="a")


def mutate(user: Any, text: str) -> Any:
    query = {"query": f"mutation {{ {text} }}"}
    return client_of(user).post("/api/graphql/", query, format="json").json()


def typed(user: Any, *words: str) -> Any:
    return CliRunner().invoke(main, ["approvals", *words, "--user", user.username])


def stage_of(workflow: ApprovalWorkflow) -> str:
    return str(workflow.approval_workflow_stages.get().pk)


def test_graphql_tries_a_request_out(workflow: ApprovalWorkflow) -> None:
    anna = make_approver("anna", may="approve_job")
    said = mutate(anna, f'dry_run_approval_workflow(id: "{workflow.pk}") {{ id }}')
    assert "errors" not in said, said
    run = JobResult.objects.get()
    assert (run.door, run.approval, run.task_kwargs["dryrun"]) == ("graphql", workflow, True)
    olga = make_user("viewer", "view_approvalworkflow")
    refused = mutate(olga, f'dry_run_approval_workflow(id: "{workflow.pk}") {{ id }}')
    assert refused["errors"][0]["extensions"]["code"] == "not_approver"


def test_graphql_approves_only_what_was_seen(workflow: ApprovalWorkflow) -> None:
    anna, stage = make_approver(), stage_of(workflow)
    verb = "approve_approval_workflow_stage"
    refused = mutate(anna, f'{verb}(id: "{stage}", digest: "{"0" * 64}") {{ state }}')
    assert refused["errors"][0]["extensions"]["code"] == "request_changed"
    said = mutate(anna, f'{verb}(id: "{stage}", digest: "{workflow.digest}") {{ state }}')
    assert said == {"data": {verb: {"state": "APPROVED"}}}


def test_the_command_comments_and_tries_out(workflow: ApprovalWorkflow) -> None:
    anna, key = make_approver(), str(workflow.pk)
    assert typed(anna, "comment", key, "Which image?").exit_code == 0
    assert typed(anna, "comment", key, " ").exit_code == 2
    told = json.loads(typed(anna, "show", key).output)
    assert told["stages"][0]["responses"] == [
        {"user": "anna", "state": "Comment", "comments": "Which image?"}
    ]
    tried = typed(anna, "dry-run", key, "--no-wait")
    assert tried.exit_code == 0, tried.output
    run = JobResult.objects.get()
    assert (run.door, run.user, tried.output.strip()) == ("cli", anna, str(run.pk))
    stranger = make_user("stranger", "view_approvalworkflow")
    assert typed(stranger, "dry-run", key).exit_code == 3
    assert typed(stranger, "comment", key, "me too").exit_code == 3
