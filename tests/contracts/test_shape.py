"""Modules, functions and templates stay small enough to hold in mind."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
MODULE_LINES, FUNCTION_LINES, TEMPLATE_LINES = 400, 40, 80

Size = tuple[int, str]


def modules() -> Iterator[Path]:
    return (path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def module_sizes() -> Iterator[Size]:
    return ((lines_of(path), str(path.relative_to(ROOT))) for path in modules())


def function_sizes() -> Iterator[Size]:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = (node.end_lineno or node.lineno) - node.lineno + 1
                yield size, f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"


def template_sizes() -> Iterator[Size]:
    return ((lines_of(path), str(path.relative_to(ROOT))) for path in SOURCE.rglob("*.html"))


def refuse(sizes: Iterator[Size], limit: int, capsys: pytest.CaptureFixture[str]) -> None:
    ordered = sorted(sizes, reverse=True)
    with capsys.disabled():
        sys.stdout.write(
            f"\n  largest: {ordered[0][0]} lines, {ordered[0][1]}\n" if ordered else ""
        )
    assert [f"{name}: {size} lines" for size, name in ordered if size > limit] == []


def test_no_module_is_longer_than_400_lines(capsys: pytest.CaptureFixture[str]) -> None:
    refuse(module_sizes(), MODULE_LINES, capsys)


def test_no_function_is_longer_than_40_lines(capsys: pytest.CaptureFixture[str]) -> None:
    refuse(function_sizes(), FUNCTION_LINES, capsys)


def test_no_template_is_longer_than_80_lines(capsys: pytest.CaptureFixture[str]) -> None:
    refuse(template_sizes(), TEMPLATE_LINES, capsys)


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in modules()
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []
