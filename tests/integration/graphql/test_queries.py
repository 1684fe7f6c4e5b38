"""Queries: the same rows as at the other doors, in few queries, within limits."""

from typing import Any

import pytest
from django.utils import timezone
from graphql import get_introspection_query
from rest_framework.test import APIClient

from jobsmith.models import GraphQLQuery, Job, JobLogEntry, JobQueue, JobResult
from tests.integration.api.conftest import client_of
from tests.support.factories import (
    grant,
    make_admin,
    make_job,
    make_result,
    make_spec,
    make_user,
    make_worker,
)

pytestmark = pytest.mark.django_db
URL = "/api/graphql/"


@pytest.fixture
def admin(db: None) -> APIClient:
    return client_of(make_admin())


def ask(client: APIClient, query: str, **variables: Any) -> Any:
    body = {"query": query, "variables": variables}
    return client.post(URL, body, format="json")


def data(client: APIClient, query: str, **variables: Any) -> Any:
    answer = ask(client, query, **variables)
    assert answer.status_code == 200, answer.content
    assert "errors" not in answer.json(), answer.content
    return answer.json()["data"]


def runs_with_logs(count: int, lines: int) -> list[JobResult]:
    job = make_job()
    runs = [make_result(job, status="SUCCESS") for _ in range(count)]
    JobLogEntry.objects.bulk_create(
        JobLogEntry(job_result=run, seq=n, message=f"line {n}", created=timezone.now())
        for run in runs
        for n in range(1, lines + 1)
    )
    return runs


def test_a_query_as_clients_send_it(admin: APIClient) -> None:
    run = runs_with_logs(1, 2)[0]
    found = data(
        admin,
        '{ job_results(job_model: "Ping", limit: 5) { id name status date_done result display'
        " job_model { name module_name task_queues job_queues { name } grouping_override }"
        ' job_log_entries(log_level: "info", limit: 1) { message created grouping log_level } } }',
    )
    shown = found["job_results"][0]
    assert (shown["id"], shown["status"], shown["date_done"]) == (str(run.pk), "SUCCESS", None)
    assert shown["job_model"] == {
        "name": "Ping",
        "module_name": "pings",
        "task_queues": ["default"],
        "job_queues": [{"name": "default"}],
        "grouping_override": False,
    }
    assert [each["message"] for each in shown["job_log_entries"]] == ["line 1"]
    assert shown["job_log_entries"][0]["log_level"] == "INFO"
    assert data(admin, "query($id: ID!) { job_result(id: $id) { name } }", id=str(run.pk)) == {
        "job_result": {"name": "Ping"}
    }
    assert data(admin, '{ job(id: "00000000-0000-0000-0000-000000000000") { name } }') == {
        "job": None
    }


def test_thousands_of_records_take_as_many_queries_as_levels(
    admin: APIClient, django_assert_max_num_queries: Any
) -> None:
    runs_with_logs(100, 20)
    query = "{ job_results(limit: 100) { id job_log_entries { message } job_model { name } } }"
    data(admin, query)
    with django_assert_max_num_queries(5):  # the token and its user, runs, logs, jobs
        found = data(admin, query)["job_results"]
    assert sum(len(each["job_log_entries"]) for each in found) == 2000


def test_nested_lists_have_limits_for_each_record(admin: APIClient) -> None:
    runs_with_logs(3, 10)
    found = data(
        admin,
        "{ job_results(limit: 9) { first: job_log_entries(limit: 2) { seq }"
        ' rest: job_log_entries(offset: 8, sort: "seq") { seq }'
        ' one: job_log_entries(q: "line 7") { seq } } }',
    )["job_results"]
    for each in found:
        assert [line["seq"] for line in each["first"]] == [1, 2]
        assert [line["seq"] for line in each["rest"]] == [9, 10]
        assert [line["seq"] for line in each["one"]] == [7]


def test_filters_are_those_of_rest(admin: APIClient) -> None:
    make_job(make_spec("One")), make_job(make_spec("Two"), enabled=False)
    names = lambda query: [each["name"] for each in data(admin, query)["jobs"]]  # noqa: E731
    assert names('{ jobs(name: ["One", "Two"], sort: "-name") { name } }') == ["Two", "One"]
    assert names("{ jobs(enabled: false) { name } }") == ["Two"]
    assert names('{ jobs(name__ic: "n") { name } }') == ["One"]
    assert names('{ jobs(q: "two") { name } }') == ["Two"]
    assert names("{ jobs(limit: 1, offset: 1) { name } }") == ["Two"]
    assert names("{ jobs(limit: 0) { name } }") == []
    for below in ("limit", "offset"):
        [error] = ask(admin, f"{{ jobs({below}: -1) {{ name }} }}").json()["errors"]
        assert error["extensions"]["code"] == "filters_refused"
        assert error["extensions"]["errors"] == {below: ["Enter 0 or more."]}
    bad = ask(admin, '{ jobs(id: "nonsense") { name } }').json()
    assert bad["errors"][0]["extensions"]["code"] == "filters_refused"
    unknown = ask(admin, '{ jobs(nonsense: "x") { name } }')
    assert unknown.status_code == 400
    assert "Unknown argument 'nonsense'" in unknown.json()["errors"][0]["message"]


def test_rights_hold_at_every_level() -> None:
    mine, other = make_user("mine"), make_user("other")
    seen, hidden = make_job(make_spec("Seen")), make_job(make_spec("Hidden"))
    make_result(seen, user=mine), make_result(hidden, user=mine), make_result(seen, user=other)
    client = client_of(mine)
    assert data(client, "{ jobs { name } job_results { id } }") == {"jobs": [], "job_results": []}
    grant(mine, "view", JobResult, {"user": "$user"})
    query = "{ job_results(limit: 9) { name job_model { name } job_log_entries { id } } }"
    found = data(client, query)
    assert [(each["job_model"], each["job_log_entries"]) for each in found["job_results"]] == [
        (None, []),
        (None, []),
    ]
    grant(mine, "view", Job, {"name": "Seen"})
    found = data(
        client,
        "{ jobs(limit: 9) { name job_results { name } } job_results { job_model { name } } }",
    )
    assert [each["name"] for each in found["jobs"]] == ["Seen"]
    assert len(found["jobs"][0]["job_results"]) == 1
    assert sorted(str(each["job_model"]) for each in found["job_results"]) == [
        "None",
        "{'name': 'Seen'}",
    ]


def test_nobody_and_wrong_tokens_are_a_403() -> None:
    answer = ask(APIClient(), "{ jobs { name } }")
    assert (answer.status_code, answer.json()) == (
        403,
        {"detail": "Authentication credentials were not provided."},
    )
    wrong = ask(APIClient(HTTP_AUTHORIZATION="Token nope"), "{ jobs { name } }")
    assert (wrong.status_code, wrong.json()) == (403, {"detail": "Invalid token"})
    assert APIClient().get(URL).status_code == 405


def test_a_session_needs_the_csrf_token() -> None:
    make_user()
    client = APIClient(enforce_csrf_checks=True)
    client.login(username="olga", password="pw")
    assert ask(client, "{ jobs { name } }").status_code == 403
    client.get("/")
    client.credentials(HTTP_X_CSRFTOKEN=client.cookies["csrftoken"].value)
    assert ask(client, "{ jobs { name } }").status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{bad",
        "[]",
        '"x"',
        "null",
        '{"query": 1}',
        '{"query": ""}',
        "[" * 100_000,
        '{"query": "{ jobs { name } }", "variables": []}',
        '{"query": "\\u0000"}',
    ],
)
def test_bad_bodies_are_a_400(admin: APIClient, body: str) -> None:
    answer = admin.post(URL, body, content_type="application/json")
    assert answer.status_code == 400, answer.content


def test_other_content_types(admin: APIClient) -> None:
    raw = admin.post(URL, "{ jobs { name } }", content_type="application/graphql")
    assert raw.json() == {"data": {"jobs": []}}
    form = admin.post(URL, {"query": "{ jobs { name } }"}, format="multipart")
    assert form.json() == {"data": {"jobs": []}}


def test_syntax_and_unknown_fields_are_a_400(admin: APIClient) -> None:
    answer = ask(admin, "{ jobs { ")
    assert answer.status_code == 400
    assert answer.json() == {
        "errors": [
            {
                "message": "Syntax Error: Expected Name, found <EOF>.",
                "locations": [{"line": 1, "column": 10}],
            }
        ]
    }
    assert ask(admin, "{ nonsense }").status_code == 400


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("{ " + "a: __typename " * 3000 + "}", "5000 tokens"),
        ("{ " + "".join(f"a{n}: jobs {{ id }} " for n in range(51)) + "}", "aliases"),
        ("{ jobs " + "{ job_results { job_model " * 7 + "{ id }" + "} }" * 7 + " }", "nested"),
        ("{ job_results { job_log_entries(limit: 1000) { id } } }", "may ask for"),
        ("{ jobs " + "{ job_results { job_model " * 4 + "{ id }" + "} }" * 4 + " }", "may ask for"),
        (
            "{ ...a } "
            + "".join(
                f"fragment {x} on Query {{ {f'...{y} ' * 9} }} "
                for x, y in zip("abcdef", "bcdefg", strict=True)
            )
            + "fragment g on Query { __typename }",
            "fragments",
        ),
    ],
)
def test_queries_that_cost_too_much_are_refused_first(
    admin: APIClient, query: str, sentence: str, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(3):
        answer = ask(admin, query)
    assert answer.status_code == 400, answer.content
    assert sentence in answer.json()["errors"][0]["message"]


def test_the_schema_describes_itself(admin: APIClient) -> None:
    types = data(admin, get_introspection_query())["__schema"]["types"]
    assert {"JobType", "JobResultType", "JobLogEntryType"} <= {each["name"] for each in types}


def test_sealed_and_private_columns_cannot_be_asked_for(admin: APIClient) -> None:
    for field in ("sealed_kwargs", "worker_id", "user", "user_id", "canceled_by"):
        assert ask(admin, f"{{ job_results {{ {field} }} }}").status_code == 400, field


def test_verbs_are_the_same_actions(admin: APIClient) -> None:
    make_worker()
    job = make_job()
    made = data(
        admin, 'mutation { run_job(job: "Ping", data: {}) { id status job_model { name } } }'
    )
    assert made["run_job"]["status"] == "PENDING"
    key = made["run_job"]["id"]
    assert JobResult.objects.get(pk=key).door == "graphql"
    ended = data(admin, "mutation($id: ID!) { cancel_job_result(id: $id) { status } }", id=key)
    assert ended["cancel_job_result"]["status"] == "REVOKED"
    again = ask(admin, "mutation($id: ID!) { cancel_job_result(id: $id) { status } }", id=key)
    assert again.json()["errors"][0]["extensions"] == {"code": "already_final"}
    held = data(
        admin,
        'mutation($id: ID!) { update_job(id: $id, grouping: "Mine", grouping_override: true)'
        " { grouping grouping_override } }",
        id=str(job.pk),
    )
    assert held["update_job"] == {"grouping": "Mine", "grouping_override": True}
    data(admin, "mutation($id: ID!) { delete_job_result(id: $id) }", id=key)
    assert not JobResult.objects.filter(pk=key).exists()


def test_jobs_are_scheduled_paused_and_resumed(admin: APIClient) -> None:
    make_worker(), make_job()
    ask_for = 'mutation { schedule_job(job: "Ping", name: "Nightly", interval: "custom", '
    made = data(admin, ask_for + 'crontab: "30 2 * * *") { id enabled next_due_at crontab } }')
    told = made["schedule_job"]
    assert (told["enabled"], told["crontab"]) == (True, "30 2 * * *")
    key = told["id"]
    for verb, enabled in (("pause", False), ("resume", True)):
        query = f"mutation($id: ID!) {{ {verb}_scheduled_job(id: $id) {{ enabled }} }}"
        assert data(admin, query, id=key)[f"{verb}_scheduled_job"] == {"enabled": enabled}
    refused = ask(admin, ask_for + 'crontab: "bad") { id } }').json()["errors"][0]["extensions"]
    assert (refused["code"], list(refused["errors"])) == ("schedule_refused", ["crontab"])
    at_once = ask_for.replace("custom", "immediately").rstrip(", ") + ") { id } }"
    assert ask(admin, at_once).json()["errors"][0]["extensions"]["code"] == "schedule_refused"
    assert not JobResult.objects.exists()


def test_refused_inputs_are_told_by_field(admin: APIClient) -> None:
    make_worker(), make_job()
    answer = ask(admin, 'mutation { run_job(job: "Ping", data: {nonsense: 1}) { id } }')
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["extensions"]["code"]) == (200, "inputs_refused")
    assert not JobResult.objects.exists()


def test_mutations_need_a_writing_token_and_the_right_and_may_be_off(settings: Any) -> None:
    make_worker(), make_job()
    boss = make_admin()
    run = 'mutation { run_job(job: "Ping") { id } }'
    reading = ask(client_of(boss, write_enabled=False), run)
    assert reading.json()["errors"][0]["message"] == "This token may only read."
    without = ask(client_of(make_user()), run).json()["errors"][0]
    assert without["extensions"]["code"] == "not_allowed"
    settings.JOBSMITH = {**settings.JOBSMITH, "GRAPHQL_MUTATIONS": False}
    off = ask(client_of(boss), run)
    assert off.status_code == 400
    assert off.json()["errors"][0]["message"] == (
        "'OperationType.MUTATION' is not a supported operation"
    )
    assert not JobResult.objects.exists()


@pytest.mark.parametrize(
    "edit",
    [
        *('module_name: "x"', "grouping: 5", 'enabled: "perhaps"', "nonsense_override: true"),
        *('grouping: "unheld"', "name: null, name_override: true", 'soft_time_limit: "many"'),
        *("soft_time_limit: -1, soft_time_limit_override: true", "enabled: null"),
        *('job_queues: ["x"], job_queues_override: true', "job_queues: null"),
        'default_job_queue: "x", default_job_queue_override: true',
        f'name: "{"x" * 101}", name_override: true',
    ],
)
def test_an_edit_takes_nothing_that_rest_would_refuse(admin: APIClient, edit: str) -> None:
    job = make_job()
    kept = Job.objects.filter(pk=job.pk).values().get()
    answer = ask(
        admin, f"mutation($id: ID!) {{ update_job(id: $id, {edit}) {{ id }} }}", id=str(job.pk)
    )
    assert answer.json()["errors"][0]["message"] != "The server failed to answer."
    assert Job.objects.filter(pk=job.pk).values().get() == kept


def test_saved_queries_run_with_their_variables(admin: APIClient) -> None:
    make_job(make_spec("One")), make_job(make_spec("Two"))
    saved = GraphQLQuery.objects.create(
        name="by name",
        query="query($n: [String]) { jobs(name: $n) { name } }",
        variables={"n": ["One"]},
    )
    url = f"/api/extras/graphql-queries/{saved.pk}/run/"
    assert admin.post(url).json() == {"data": {"jobs": [{"name": "One"}]}}
    other = admin.post(url, {"variables": {"n": ["Two"]}}, format="json")
    assert other.json() == {"data": {"jobs": [{"name": "Two"}]}}
    assert client_of(make_user()).post(url).status_code == 403
    assert admin.get(url).status_code == 405
    assert JobQueue.objects.count() == 1


def test_a_mutation_whose_answer_is_refused_changes_nothing(admin: APIClient) -> None:
    job = make_job()
    make_worker("w", "default")
    query = f'mutation {{ run_job(job: "{job.pk}") {{ job_log_entries(id: "no key") {{ id }} }} }}'
    answer = ask(admin, query).json()
    assert answer["errors"][0]["extensions"]["code"] == "filters_refused"
    assert not JobResult.objects.exists()
    assert data(admin, f'mutation {{ run_job(job: "{job.pk}") {{ id }} }}')["run_job"]["id"]
