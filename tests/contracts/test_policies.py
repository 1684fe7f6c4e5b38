"""Every row that a door shows or acts on comes from `policies`."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "jobsmith"
DOORS = (
    *("web", "api", "graphql", "admin", "cli", "management"),
    *("streams", "scheduler", "triggers", "filters"),
)
MANAGERS = {"objects", "_default_manager", "_base_manager"}
NO_RECORDS = {"ContentType"}
"""Django's list of kinds of records: to know what there is takes no right."""
SHORTCUTS = {"get_object_or_404", "get_list_or_404"}

FOR_THE_SERVER_ITSELF = {"everything", "living"}
"""Reads that ask for no right."""
MAY_READ_FOR_THE_SERVER_ITSELF = {
    "cli/doctor.py",
    "cli/people.py",  # whose rights a command uses
    "cli/problems.py",
    "streams/snapshot.py",  # whoever watches was allowed to when the stream was opened
    "web/views/health.py",
}


def modules() -> Iterator[Path]:
    return (path for room in DOORS for path in sorted((SOURCE / room).rglob("*.py")))


def ways_past(code: str) -> list[int]:
    """Lines that reach for a model's own manager."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(code))
        if _is_manager(node) or (isinstance(node, ast.Name) and node.id in SHORTCUTS)
    ]


def _is_manager(node: ast.AST) -> bool:
    if not isinstance(node, ast.Attribute) or node.attr not in MANAGERS:
        return False
    return not (isinstance(node.value, ast.Name) and node.value.id in NO_RECORDS)


def reads_of_the_server(code: str) -> list[str]:
    return [
        node.attr
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Attribute)
        and node.attr in FOR_THE_SERVER_ITSELF
        and isinstance(node.value, ast.Name)
        and node.value.id == "policies"
    ]


def test_no_door_goes_past_policies() -> None:
    found = [
        f"{path.relative_to(SOURCE)}:{line}"
        for path in modules()
        for line in ways_past(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_only_these_read_without_asking_for_a_right() -> None:
    found = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if reads_of_the_server(path.read_text(encoding="utf-8"))
    }
    assert found == MAY_READ_FOR_THE_SERVER_ITSELF


@pytest.mark.parametrize(
    "code",
    [
        "jobs = Job.objects.all()",
        "found = model._default_manager.get(pk=1)",
        "Job._base_manager.count()",
        "job = get_object_or_404(Job, pk=pk)",
    ],
)
def test_a_way_past_is_found(code: str) -> None:
    assert ways_past(code) == [1]


@pytest.mark.parametrize(
    "code",
    [
        "from jobsmith.inputs.objects import display",
        "objects.pick",
        "kind = ContentType.objects.get_for_model(row)",
    ],
)
def test_what_only_looks_like_one_is_none(code: str) -> None:
    assert ways_past(code) == []


def test_a_read_for_the_server_is_found() -> None:
    assert reads_of_the_server("rows = policies.everything(Job)") == ["everything"]
