"""Hostile values in every field that can be written, at every door.

Fields come from the OpenAPI document, from the forms of the pages, from the arguments of the
mutations and of the commands: a new one is covered without a line here.
"""

import json
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click
import pytest
from click.testing import CliRunner
from graphql import GraphQLList, get_nullable_type

from jobsmith.cli.main import main
from jobsmith.errors import NotStorable, TooDeep
from jobsmith.graphql.schema import schema
from jobsmith.models import Job, JobQueue, JobResult, Tag
from jobsmith.received import NO_NUMBER
from tests.support import hostile_values as values
from tests.support.driving import ROOT, Driver, dealing, put_raw
from tests.support.matrix.cells import Cell, kind_of
from tests.support.matrix.world import OUTSIDE, OWN
from tests.support.writable import WRITES, Form, Forms, commands, fields_of

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(900)]
some_text, some_raw = dealing(values.TEXTS), dealing(values.JSON)
number = count(1)
TURNS = {"POST": values.KINDS, "PUT": values.KINDS[::2], "PATCH": values.KINDS[1::2]}
"""What can be replaced can be changed, too: half of the kinds each way."""
WHOLE = (NotStorable().message, TooDeep().message, NO_NUMBER)
"""Refusals of a body that no door looks into."""
OPENLY = (
    "JSON parse error",
    *WHOLE,
    "This has been decided already.",
    "Choose at least one: creations, updates or deletions.",
)
DIALECT = {"job_queue": "task_queue"}
"""A field that the dialect answers for by its older name."""
OTHERS = (JobQueue, Tag, Job)


def others(driver: Driver) -> list[str]:
    """Keys of records of other kinds, or out of the way."""
    return [str(driver.world.target(kind, OUTSIDE, ROOT).pk) for kind in OTHERS]  # type: ignore[union-attr]


def test_every_field_of_the_api(driver: Driver) -> None:
    asked = [cell for method in WRITES for cell in driver.cells(method) if cell.door == "api"]
    asked.sort(key=is_edit_of_a_job)
    keys, written = [json.dumps(key) for key in others(driver)[:2]], 0
    for cell in asked:
        fields = fields_of(cell.method, cell.address)
        written += len(fields)
        for field in fields:
            for raw in (*TURNS[cell.method], *some_raw(3), *keys):
                answer = driver.send(cell.method, cell.address, body_of(driver, cell, field, raw))
                check_named(driver, cell, field, raw, answer)
        for field in fields[:1]:
            huge = body_of(driver, cell, field, json.dumps(values.HUGE))
            assert driver.send(cell.method, cell.address, huge).status_code in (400, 413)
    assert written > 350


def is_edit_of_a_job(cell: Cell) -> bool:
    """These come last: an edited job lets go of its queues, where others want to run it."""
    return kind_of(cell.asks) is Job and cell.method != "POST"


def body_of(driver: Driver, cell: Cell, field: str, raw: str) -> str:
    """What would do, but for that field; other records are in nobody's way."""
    one = base_of(driver, cell)
    for name in {"name", "username"} & one.keys() if cell.asks.creates else ():
        one[name] += f"-{next(number)}"
    text = put_raw(one, field, raw)
    return f"[{text}]" if cell.asks.bulk else text


def base_of(driver: Driver, cell: Cell) -> dict[str, Any]:
    """What would do."""
    sent = cell.asks.send(driver.world, ROOT, cell.row) if cell.asks.send else {}
    return dict(sent[0] if isinstance(sent, list) else sent)


def check_named(driver: Driver, cell: Cell, field: str, raw: str, answer: Any) -> None:
    """A refusal names the field, or says what is wrong with the whole body."""
    said = answer.content.decode()
    sent = {field, DIALECT.get(field, field), *base_of(driver, cell)}
    is_named = any(word in said.lower() for word in sent) or any(each in said for each in OPENLY)
    if answer.status_code == 400 and not is_graphql(cell) and not is_named:
        asked = f"{cell.method} {cell.address[:90]} {field}={raw[:80]}"
        driver.wrong.append(f"the field is not named: {asked}: {said[:200]}")


def is_graphql(cell: Cell) -> bool:
    """Where errors have a shape of their own."""
    return cell.route.name.startswith("jobsmith-graphql:")


def test_every_field_of_the_pages(driver: Driver) -> None:
    written = 0
    for cell in [each for each in driver.cells("POST") if each.door == "page"]:
        for form in forms_of(driver, cell):
            written += len(form.names)
            for field in form.names:
                for text in (*OFTEN, *some_text(3), *others(driver)[:1], *LISTS):
                    answer = driver.send("POST", cell.address, filled(form, field, text), FORM)
                    check_shown(driver, cell, field, text, answer)
            huge = filled(form, "name", values.HUGE)
            assert driver.send("POST", cell.address, huge, FORM).status_code in (400, 413)
    assert written > 100


OFTEN = ("9" * 30, "9" * 5_000, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00")
FORM = "application/x-www-form-urlencoded"
LISTS: tuple[Any, ...] = ((), ("", ""), ("a", "\x00"), ("1", "1", "x" * 300))


def forms_of(driver: Driver, cell: Cell) -> list[Form]:
    """What the page offers to send; in it stands what does where the page is left alone."""
    base = base_of(driver, cell)
    chosen = f"?pk={base['pk']}" if "pk" in base else ""
    page = driver.send("GET", f"{cell.address}{chosen}")
    found = Forms(page.content.decode()).found if page.status_code == 200 else []
    found = found or [Form()]
    for form in found:
        form.names.pop("csrfmiddlewaretoken", None)  # not asked for here, and no door's
    for form in found:
        for name, value in base.items():
            form.values[name] = [
                str(each) for each in (value if isinstance(value, list) else [value])
            ]
            form.names[name] = None
    return found


def filled(form: Form, field: str, text: Any) -> str:
    """The body of a form with something else in a field."""
    given = {**form.values, field: list(text) if isinstance(text, tuple) else [text]}
    if field != "name" and given.get("name"):
        given["name"] = [f"{given['name'][0]}-{next(number)}"]
    pairs = [(name, each) for name, several in given.items() for each in several]
    return "&".join(f"{encoded(name)}={encoded(each)}" for name, each in pairs)


def encoded(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")


def check_shown(driver: Driver, cell: Cell, field: str, text: Any, answer: Any) -> None:
    said = answer.content.decode(errors="replace")
    if answer.status_code == 400 and "jsm-err" not in said and "<h1" not in said:
        asked = f"POST {cell.address[:90]} {field}={text[:80]!r}"
        driver.wrong.append(f"the page does not say why: {asked}")


def test_every_argument_of_a_mutation(driver: Driver) -> None:
    mutations = schema().mutation_type
    assert mutations is not None
    for name, field in mutations.fields.items():
        kind = Job if "job" in name.split("_")[-1:] else JobResult
        for key, argument in field.args.items():
            for raw in (*values.KINDS, *some_raw(12), *map(json.dumps, others(driver))):
                is_list = isinstance(get_nullable_type(argument.type), GraphQLList)
                given = f"[{raw}]" if is_list and not raw.startswith("[") else raw
                about = driver.world.target(kind, OWN, ROOT, "waiting" if "cancel" in name else "")
                assert about is not None
                at = "job" if "job" in field.args else "id"
                of_it = "" if key == at else f', {at}: "{about.pk}"'
                call = f"{name}({key}: $v{of_it})"
                shown = "" if name.startswith("delete") else " { id }"
                query = json.dumps(f"mutation($v: {argument.type}) {{ {call}{shown} }}")
                body = f'{{"query": {query}, "variables": {{"v": {given}}}}}'
                answer = driver.send("POST", "/api/graphql/", body)
                check_errors(driver, name, key, raw, answer)


def check_errors(driver: Driver, name: str, key: str, raw: str, answer: Any) -> None:
    said = answer.json()
    for error in said.get("errors", ()):
        if not error.get("message") or "server failed" in error["message"]:
            driver.wrong.append(f"{name}({key}: {raw[:80]}): {error}")


def test_every_argument_of_a_command(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where commands may write what they are told to
    for words, command in commands():
        for parameter in command.params:
            for text in (*some_text(15), "9" * 30, "x" * 5_000):
                check_ended(driver, [*words, *arguments(command, parameter, text)])


def arguments(command: click.Command, tried: click.Parameter, text: str) -> list[str]:
    """A call of the command with that text for one of its parameters."""
    options, plain = [], []
    for each in command.params:
        said = text if each is tried else "x"
        if isinstance(each, click.Option) and (each is tried or each.required):
            options += [each.opts[0], *([] if each.is_flag else [said])]
        elif isinstance(each, click.Argument):
            plain.append(said)
    return [*options, "--", *plain] if plain else options


def check_ended(driver: Driver, words: list[str]) -> None:
    said = CliRunner().invoke(main, words)
    driver.sent += 1
    is_fault = said.exception and not isinstance(said.exception, SystemExit)
    if is_fault or "Traceback" in said.output or said.exit_code not in (0, 1, 2, 3):
        asked = " ".join(each[:60] for each in words)
        driver.wrong.append(
            f"exit {said.exit_code} {asked!r} {said.exception!r} {said.output[:100]}"
        )
    if said.exit_code and not said.output:
        driver.wrong.append(f"exit {said.exit_code} without a word {words}")
