"""Every command for each role and class of object, or the reason why it asks for no right."""

import sys
from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from django.core.management import get_commands

from jobsmith.cli.main import main
from tests.support.matrix import oracle
from tests.support.matrix.asking import Asker, kept
from tests.support.matrix.commands import (
    ADD_COMMANDS_HERE,
    AS_OPERATOR,
    AS_USER,
    EXIT_CODES,
    Typed,
    every_command,
    refusal,
    typed_key,
)
from tests.support.matrix.judging import Report
from tests.support.matrix.roles import ROLES, Role
from tests.support.matrix.world import CLASSES, OWN, WORD, Row, World, make_world, missing_key

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
        sys.stdout.write(f"\n  permission matrix of commands: {words}\n")


def test_every_command_says_in_whose_name_it_acts() -> None:
    assert not AS_OPERATOR.keys() & AS_USER.keys()
    declared = AS_OPERATOR.keys() | AS_USER.keys()
    assert set(every_command()) == declared, f"Look into {ADD_COMMANDS_HERE}."


@pytest.mark.parametrize("role", ROLES, ids=str)
def test_commands_act_for_each_role_where_its_rights_reach(world: World, role: Role) -> None:
    report, asker = Report(), Asker(world, role)
    for name, typed in AS_USER.items():
        for klass in CLASSES if typed.row else (OWN,):
            row = world.target(typed.row[1], klass, role, typed.flavour) if typed.row else None
            wanted = refusal(world, role, typed, row)
            if wanted is None and typed.follows:
                continue
            report.cells += 1
            enter(asker, name, typed, row, wanted, report)
    TOTAL.cells += report.cells
    TOTAL.wrong += report.wrong
    assert not report.wrong, "\n" + "\n".join(report.wrong)


def enter(
    asker: Asker, name: str, typed: Typed, row: Row | None, wanted: str | None, report: Report
) -> None:
    key = typed_key(name, row, missing_key(typed.row[1]) if typed.row else "")
    user = asker.world.users[asker.role.name].username if asker.role.is_signed_in else "nobody"
    words = typed.words(user, key)
    with kept(asker.before) as watched:
        said = CliRunner().invoke(main, words)
        changed = watched.changed()
    cell = f"{' '.join(words)} | {asker.role} | {row}"
    if said.exit_code != EXIT_CODES[wanted]:
        report.note(cell, f"{EXIT_CODES[wanted]} ({wanted})", f"{said.exit_code} {said.output}")
    if changed != (typed.changes and wanted is None):
        report.note(cell, f"changes: {not changed}", f"changes: {changed}")
    for leak in oracle.leaks(asker.world, asker.role, said.output, WORD.findall(" ".join(words))):
        report.note(cell, "nothing out of reach", leak)


def test_management_commands_only_pass_on_to_these() -> None:
    ours = {name for name, app in get_commands().items() if str(app).startswith("jobsmith")}
    assert ours == {"jobsmith"}, f"Say in {ADD_COMMANDS_HERE} in whose name it acts."
