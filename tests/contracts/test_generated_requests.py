"""What schemathesis asks of the OpenAPI document is answered as the document says."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from django.urls import resolve
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from jobsmith.catalog.system import SYNC, system_job
from tests.support.described import operations, right_requests, wrong_requests
from tests.support.matrix.asking import Asker, kept
from tests.support.matrix.cells import kind_of
from tests.support.matrix.roles import ROLES, Role
from tests.support.matrix.routes import NOWHERE
from tests.support.matrix.table import POLICY
from tests.support.matrix.world import OWN, World, make_world

pytestmark = pytest.mark.timeout(600)
"""A role asks thousands of times; each takes a part of a second on a busy machine."""

FOUR = [role for role in ROLES if role.name in {"anonymous", "viewer", "runner", "superuser"}]
SUPERUSER = next(role for role in FOUR if role.is_superuser)
HOST = "http://testserver"
AS_DESCRIBED = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
REFUSED = [
    *AS_DESCRIBED,
    allow_header_conformance,
    negative_data_rejection,
    unsupported_method,
]


@dataclass
class Tally:
    """Of all tests of this module that ran."""

    requests: int = 0
    failures: int = 0
    roles: set[str] = field(default_factory=set)


TALLY = Tally()


@pytest.fixture(scope="module", autouse=True)
def summary(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        sys.stdout.write(
            f"\n  schemathesis: {TALLY.requests} requests of {len(operations())} operations, "
            f"{len(TALLY.roles)} roles, {TALLY.failures} x 5xx\n"
        )


@pytest.fixture
def world(db: None) -> World:
    found = make_world()
    system_job(SYNC)  # otherwise each sync of a repository starts a child to look for it
    return found


@pytest.mark.parametrize("role", FOUR, ids=str)
def test_what_the_document_allows_is_answered_as_it_says(world: World, role: Role) -> None:
    answers, wrong = ask(Asker(world, role), right_requests(), AS_DESCRIBED)
    assert wrong == []
    assert len(answers) > 4 * len(operations())
    if not role.is_signed_in:
        assert {each.status_code for each in answers} <= {400, 403}


def test_what_the_document_forbids_is_refused_as_it_says(world: World) -> None:
    answers, wrong = ask(Asker(world, SUPERUSER), wrong_requests(), REFUSED)
    assert wrong == []
    assert {400, 405, 415} <= {each.status_code for each in answers}


def test_no_operation_is_open_to_a_forged_token(world: World) -> None:
    one_each = {each.operation.label: each for each in right_requests()}
    forger = Asker(world, SUPERUSER, token="forged")
    answers, wrong = ask(forger, list(one_each.values()), AS_DESCRIBED)
    assert wrong == []
    assert len(answers) == len(operations())
    assert {each.status_code for each in answers} <= {400, 403}


def ask(asker: Asker, cases: list[Any], checks: list[Any]) -> tuple[list[Response], list[str]]:
    """All answers, and what is wrong with them."""
    world, role = asker.world, asker.role
    answers: list[Response] = []
    wrong: list[str] = []
    for case in cases:
        if "id" in (case.path_parameters or {}):
            case.path_parameters = {"id": key_for(world, role, case.operation)}
        answer = send(asker, case)
        answers.append(answer)
        try:
            case.validate_response(answer, checks=checks)
        except FailureGroup as failures:
            wrong += [f"{case.method} {case.path}: {each}" for each in failures.exceptions]
    TALLY.requests += len(answers)
    TALLY.failures += sum(each.status_code >= 500 for each in answers)
    TALLY.roles.add(role.name)
    return answers, wrong


def key_for(world: World, role: Role, operation: Any) -> str:
    """The key of a seeded row of the kind that the address is about."""
    name = resolve(operation.path.replace("{id}", NOWHERE), urlconf="jobsmith.urls").view_name
    asks = POLICY[name][operation.method.upper()]
    asks = (asks.variants or (asks,))[0]
    kind = kind_of(asks)
    row = world.target(kind, OWN, role, asks.flavour) if kind else None
    return str(row.pk) if row else NOWHERE


def send(asker: Asker, case: Any) -> Response:
    """What comes of a request; whatever it changes is taken back."""
    asked = requests.Request(**case.as_transport_kwargs(base_url=HOST)).prepare()
    kind = asked.headers.pop("Content-Type", "")
    headers = {name: text for name, text in asked.headers.items() if name in SENT}
    with kept(asker.before):
        if case.path.endswith("/stream/") and case.method == "GET":
            answer = asker.open_stream(asked.path_url, headers)
            content = b"" if answer.streaming else answer.content
        else:
            answer = asker.send(case.method, asked.path_url, asked.body or b"", kind, headers)
            content = answer.getvalue()
    told = {name: [text] for name, text in answer.headers.items()}
    return Response(answer.status_code, told, content, asked, 0.0, verify=False)


SENT = frozenset({"Idempotency-Key", "Last-Event-ID"})
"""Headers of the document; who asks is told by the role's token."""
