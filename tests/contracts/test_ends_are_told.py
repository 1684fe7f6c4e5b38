"""Whatever ends a run notes it for those who want to be told."""

import ast
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src" / "jobsmith"


def ends_a_run(function: ast.AST) -> bool:
    """Whether it writes when a run was done."""
    for node in ast.walk(function):
        if isinstance(node, ast.keyword) and node.arg == "date_done":
            return True
        if isinstance(node, ast.Attribute) and node.attr == "date_done":
            return isinstance(node.ctx, ast.Store)
    return False


def test_what_ends_a_run_tells_of_it() -> None:
    silent = []
    for path in (each for room in ("runner", "actions") for each in SOURCE.glob(f"{room}/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and ends_a_run(node):
                said = ast.unparse(node)
                if "NotificationEvent.objects.note" not in said:
                    silent.append(f"{path.relative_to(SOURCE)}:{node.lineno} {node.name}")
    assert silent == []


def test_the_writer_of_endings_tells_of_them() -> None:
    said = (SOURCE / "runner" / "logs.py").read_text(encoding="utf-8")
    assert said.count("**_ending(") == said.count("NotificationEvent.objects.note") == 1
