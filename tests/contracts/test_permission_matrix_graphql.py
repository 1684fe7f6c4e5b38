"""Every root field and verb of GraphQL for each role and class of object."""

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from jobsmith.graphql.schema import schema
from tests.support.matrix import oracle
from tests.support.matrix.asking import Asker, Came, kept
from tests.support.matrix.judging import Report, shown_rows
from tests.support.matrix.queries import (
    ADD_QUERIES_HERE,
    QUERIES,
    VERBS,
    everything_of,
    is_list,
    refusal,
)
from tests.support.matrix.roles import ROLES, Role
from tests.support.matrix.world import CLASSES, WORD, World, make_world, missing_key

URL = "/api/graphql/"
SUPERUSER = next(each for each in ROLES if each.is_superuser)
TOTAL = Report()


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture(scope="module", autouse=True)
def summary(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        words = f"{TOTAL.cells} cells, {len(TOTAL.wrong)} leaks"
        sys.stdout.write(f"\n  permission matrix of GraphQL: {words}\n")


def sum_up(report: Report) -> None:
    TOTAL.cells += report.cells
    TOTAL.wrong += report.wrong
    assert not report.wrong, "\n" + "\n".join(report.wrong)


def test_every_root_field_and_verb_has_a_declared_policy() -> None:
    asked, verbs = schema().query_type, schema().mutation_type
    assert asked
    assert verbs
    assert asked.fields.keys() == QUERIES.keys(), f"Look into {ADD_QUERIES_HERE}."
    assert verbs.fields.keys() == VERBS.keys(), f"Look into {ADD_QUERIES_HERE}."


def send(asker: Asker, query: str) -> Came:
    with kept(asker.before) as watched:
        came = asker.send_json("POST", URL, {"query": query})
        came.changed = watched.changed()
    if came.changed:
        asker.world.restore_files()
    return came


def judge(cell: str, asker: Asker, query: str, report: Report, *, changes: bool) -> Any:
    """What no answer may do; returns what it says, or None where nobody was let in."""
    came = send(asker, query)
    report.cells += 1
    wanted = 200 if asker.role.is_signed_in else 403
    if came.status != wanted:
        report.note(cell, wanted, f"{came.status} {came.body[:300]!r}")
    if came.changed != changes:
        report.note(cell, f"changes: {changes}", f"changes: {came.changed}")
    for leak in oracle.leaks(asker.world, asker.role, came.text, WORD.findall(query)):
        report.note(cell, "nothing out of reach", leak)
    return json.loads(came.body) if came.status == 200 else None


@pytest.mark.parametrize("role", ROLES, ids=str)
def test_root_fields_show_each_role_what_is_in_its_reach(world: World, role: Role) -> None:
    report, asker = Report(), Asker(world, role)
    for root in QUERIES:
        (ask_list if is_list(root) else ask_one)(world, asker, root, report)
    sum_up(report)


def ask_list(world: World, asker: Asker, root: str, report: Report) -> None:
    kind, cell = QUERIES[root], f"{root} | {asker.role}"
    said = judge(cell, asker, f"{{ {root} {everything_of(root)} }}", report, changes=False)
    report.cells += len(CLASSES) - 1
    if said is None:
        return
    if "errors" in said:
        report.note(cell, "no error", said["errors"])
    keys = {each["id"] for each in said["data"][root]}
    wanted = oracle.in_reach(world, asker.role, kind)
    if keys != wanted or len(keys) != len(said["data"][root]):
        report.note(cell, wanted, keys)
    shown = shown_rows(world, kind, json.dumps(said))
    if not {str(row.pk) for row in shown} <= wanted:
        report.note(cell, wanted, shown)


def ask_one(world: World, asker: Asker, root: str, report: Report) -> None:
    kind = QUERIES[root]
    for klass in CLASSES:
        row = world.target(kind, klass, asker.role)
        key = row.pk if row else missing_key(kind)
        query = f'{{ {root}(id: "{key}") {everything_of(root)} }}'
        cell = f"{root} | {asker.role} | {klass}"
        said = judge(cell, asker, query, report, changes=False)
        if said is None:
            continue
        if row is not None and oracle.sees(asker.role, row):
            if "errors" in said or said["data"][root]["id"] != str(row.pk):
                report.note(cell, row, said)
        elif said != {"data": {root: None}}:
            report.note(cell, "nothing", said)


@pytest.mark.parametrize("role", ROLES, ids=str)
def test_verbs_act_for_each_role_where_its_rights_reach(world: World, role: Role) -> None:
    report, asker = Report(), Asker(world, role)
    for name, verb in VERBS.items():
        for klass in CLASSES:
            row = world.target(verb.row[1], klass, role, verb.flavour)
            key = row.pk if row else missing_key(verb.row[1])
            query = f"mutation {{ {name}({verb.arguments(key)}) {verb.shows} }}"
            wanted = refusal(world, role, verb, row)
            acts = role.is_signed_in and wanted is None
            cell = f"{name} | {role} | {klass}"
            said = judge(cell, asker, query, report, changes=acts and verb.changes)
            if said is None:
                continue
            codes = [each["extensions"]["code"] for each in said.get("errors", ())]
            if codes != [wanted] * (wanted is not None):
                report.note(cell, wanted, said)
    sum_up(report)


def test_a_token_that_may_only_read_acts_nowhere(world: World) -> None:
    report, asker = Report(), Asker(world, SUPERUSER, world.reading_token)
    for name, verb in VERBS.items():
        row = world.target(verb.row[1], CLASSES[0], SUPERUSER, verb.flavour)
        assert row
        came = send(asker, f"mutation {{ {name}({verb.arguments(row.pk)}) {verb.shows} }}")
        report.cells += 1
        if came.changed or b"This token may only read." not in came.body:
            report.note(name, "refused", came.body)
    sum_up(report)
