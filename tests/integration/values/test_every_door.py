"""The corpus of hostile values at every door: no failure, and no record that breaks a list."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner
from graphql import GraphQLList, GraphQLNonNull

from jobsmith.api.urls import extras, users
from jobsmith.cli.main import main
from jobsmith.graphql.schema import schema
from jobsmith.models import Job
from jobsmith.specs import VariableSpec
from tests.support import hostile_values as values
from tests.support.driving import Driver, dealing, put_raw
from tests.support.factories import make_job, make_spec

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(900)]
PLAIN = (
    *("StringVar", "TextVar", "SecretVar", "IntegerVar", "FloatVar", "BooleanVar", "DateVar"),
    *("DateTimeVar", "IPAddressVar", "IPAddressWithMaskVar", "IPNetworkVar", "JSONVar", "FileVar"),
)


some_text, some_raw = dealing(values.TEXTS), dealing(values.JSON)
some_few, some_path = dealing(values.FEW), dealing(values.PATHS)


@pytest.fixture
def job(driver: Driver) -> Job:
    rest = [
        VariableSpec(name="choicevar", type="ChoiceVar", choices=[["a", "A"]], required=False),
        VariableSpec(name="choices", type="MultiChoiceVar", choices=[["a", "A"]], required=False),
        VariableSpec(name="object", type="ObjectVar", model="users.user", required=False),
        VariableSpec(name="objects", type="MultiObjectVar", model="users.user", required=False),
    ]
    plain = [VariableSpec(name=each.lower(), type=each, required=False) for each in PLAIN]
    job = make_job(make_spec("Every", *plain, *rest))
    job.job_queues.add(*Job.objects.get(name__startswith="alpha own").job_queues.all())
    Job.objects.filter(pk=job.pk).update(
        default_job_queue=Job.objects.filter(name__startswith="alpha own")[0].default_job_queue
    )
    return job


def names_of(job: Job) -> list[str]:
    return [each["name"] for each in job.declared["variables"]]


def test_filters_and_searches_of_the_api(driver: Driver) -> None:
    for prefix, viewset, _ in (*extras.registry, *users.registry):
        address = f"/api/{'users' if viewset in dict_of(users) else 'extras'}/{prefix}/"
        for name in ("q", "sort", "limit", "offset", "depth", "include", "format", "cursor"):
            for text in ("\x00", *some_text(7)):
                driver.send("GET", f"{address}?{urlencode({name: text})}")
        table = getattr(viewset, "filters", None)
        for name, found in (table.filters if table else {}).items():
            for suffix in found.lookups:
                key = f"{name}__{suffix}" if suffix else name
                for text in some_few(2 if suffix else 6):
                    driver.send("GET", f"{address}?limit=1&{urlencode({key: text})}")


def dict_of(router: Any) -> list[Any]:
    return [viewset for _, viewset, _ in router.registry]


def test_parts_of_paths(driver: Driver) -> None:
    for method in ("GET", "POST"):
        for cell in driver.cells(method):
            for part in cell.parts.values():
                for value in some_path(5):
                    path = cell.address.replace(str(part), value)
                    driver.send(method, path, "{}" if path.startswith("/api/") else "")


def test_inputs_of_a_run_as_json(driver: Driver, job: Job) -> None:
    for name in names_of(job):
        for raw in (*values.FEW_RAW, *some_raw(20)):
            body = json.dumps({"data": "@raw@"}).replace('"@raw@"', put_raw({}, name, raw))
            driver.send("POST", f"/api/extras/jobs/{job.pk}/run/", body)


def test_inputs_of_a_run_on_the_command_line(driver: Driver, job: Job) -> None:
    user = driver.world.users["superuser"].get_username()
    for name in names_of(job):
        pairs = [f"{name}={text}" for text in some_few(5) if "\x00" not in text]
        pairs += [f"{name}:={raw}" for raw in some_raw(5)]
        for pair in (*pairs, f"{name}={chr(0xDCFF)}", f"{chr(0xDCFF)}={name}"):
            said = CliRunner().invoke(
                main, ["run", job.class_path, pair, "--no-wait", "--user", user]
            )
            driver.sent += 1
            if said.exit_code not in (0, 2, 3) or "Traceback" in said.output or not said.output:
                driver.wrong.append(f"exit {said.exit_code} {pair[:100]!r} {said.exception!r}")
    for command in ("jobs", "runs"):
        said = CliRunner().invoke(main, [command, "--json", "--user", user])
        if said.exit_code:
            driver.wrong.append(f"poison at the command line: {said.output[:300]}")


def test_arguments_of_graphql(driver: Driver) -> None:
    for root in (schema().query_type, schema().mutation_type):
        assert root is not None
        word = "query" if root.name == "Query" else "mutation"
        for name, field in root.fields.items():
            inner = getattr(field.type, "of_type", field.type)
            shown = " { id }" if "fields" in dir(getattr(inner, "of_type", inner)) else ""
            needed = [
                key for key, each in field.args.items() if isinstance(each.type, GraphQLNonNull)
            ]
            for key, each in field.args.items():
                others = ", ".join(f'{other}: "x"' for other in needed if other != key)
                call = f"{name}({key}: $v{', ' + others if others else ''}){shown}"
                query = json.dumps(f"{word}($v: {each.type}) {{ {call} }}")
                for raw in some_raw(5):
                    given = f"[{raw}]" if isinstance(each.type, GraphQLList) else raw
                    body = f'{{"query": {query}, "variables": {{"v": {given}}}}}'
                    driver.send("POST", "/api/graphql/", body)
                for raw in ('"\\u0000"', '"\\uD800"', "1e400", "9" * 30, "[" * 200 + "]" * 200):
                    written = f"{word} {{ {call.replace('$v', raw)} }}"
                    driver.send("POST", "/api/graphql/", json.dumps({"query": written}))
    for text in values.TEXTS:
        driver.send("POST", "/api/graphql/", json.dumps({"query": text, "operationName": text}))
