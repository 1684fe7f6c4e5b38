"""What the documents show runs: their jobs, their tests of jobs, their commands."""

import inspect
import re
import shlex
import sys
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest
from django.core.management import get_commands

from jobsmith.cli.main import main
from jobsmith.errors import InputsRefused
from jobsmith.jobs import Job, registry
from jobsmith.testing import run_job
from tests.contracts.test_docs import ROOT, pages, reference

PYTHON = re.compile(r"<!-- (job|test) -->\n+```python\n(.*?)```", re.DOTALL)
SHELL = re.compile(r"```sh\n(.*?)```", re.DOTALL)
IN_TEXT = re.compile(r"`((?:manage\.py )?jobsmith [a-z_-]+[^`\n]*|make [a-z]+)`")
ASSIGNED = re.compile(r"([A-Z_]+)=")
INPUTS: dict[str, dict[str, Any]] = {
    "Heat": {"floor": "ground", "room": "kitchen", "degrees": 20},
    "Window": {"begins": "2030-01-01", "ends": "2030-01-08"},
    "water": {"bed": "roses", "hours": {"begins": 20}},
}
"""For jobs whose variables have no defaults."""


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(kind: str) -> list[tuple[str, str]]:
    return [
        (name_of(page), code)
        for page in pages()
        for marked, code in PYTHON.findall(page.read_text(encoding="utf-8"))
        if marked == kind
    ]


def load(path: Path, code: str) -> ModuleType:
    path.write_text(code, encoding="utf-8")
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def clean_registry() -> Iterator[None]:
    registry.clear()
    before = set(sys.modules)
    yield
    registry.clear()
    for name in {"documented", "words", "test_words"} & (set(sys.modules) - before):
        del sys.modules[name]


def offered(path: Path, code: str) -> list[type[Job]]:
    load(path, code)
    return list(registry.registered().values())


def test_documents_hold_jobs_to_try() -> None:
    pages_with_jobs = {page for page, _ in blocks("job")}
    assert pages_with_jobs >= {
        "README.md", "docs/tutorial/first-job.md", "docs/how-to/write-a-job.md"
    }  # fmt: skip


@pytest.mark.parametrize(("page", "code"), blocks("job"))
def test_a_job_in_a_document_succeeds(
    clean_registry: None, page: str, code: str, tmp_path: Path
) -> None:
    jobs = offered(tmp_path / "documented.py", code)
    assert jobs, f"{page} registers nothing"
    for job in jobs:
        run = run_job(job, **INPUTS.get(job.__name__, {}))
        assert (run.status, run.traceback) == ("SUCCESS", None)


def test_inputs_that_do_not_fit_together_are_refused_as_documented(
    clean_registry: None, tmp_path: Path
) -> None:
    code = next(code for _, code in blocks("job") if "class Window" in code)
    job = offered(tmp_path / "documented.py", code)[0]
    with pytest.raises(InputsRefused) as refusal:
        run_job(job, begins="2030-01-08", ends="2030-01-01")
    assert refusal.value.errors == {"ends": ["This is before the beginning."]}


def test_documented_tests_of_the_first_job_pass(clean_registry: None, tmp_path: Path) -> None:
    job = next(code for page, code in blocks("job") if page == "docs/tutorial/first-job.md")
    load(tmp_path / "words.py", job)
    for _, code in blocks("test"):
        tests = vars(load(tmp_path / "test_words.py", code))
        found = [each for name, each in tests.items() if name.startswith("test_")]
        assert found
        for each in found:
            assert not inspect.signature(each).parameters
            each()


def shell_lines() -> list[tuple[str, str]]:
    """Every command of ours that a page names, in a block or in its text."""
    found = []
    for page in pages():
        text = page.read_text(encoding="utf-8")
        lines = [*"\n".join(SHELL.findall(text)).replace("\\\n", " ").splitlines()]
        found += [(name_of(page), line) for line in (*lines, *IN_TEXT.findall(text)) if line]
    return found


@pytest.mark.parametrize(("page", "line"), shell_lines())
def test_a_command_in_a_document_exists(page: str, line: str) -> None:
    for call in re.split(r"\$\(|\)| \| | && ", line):
        words = shlex.split(call, comments=True) if call.count("'") % 2 == 0 else call.split()
        while words and ASSIGNED.match(words[0]):
            check_variable(ASSIGNED.match(words.pop(0)))
        check_words([word for word in words if word != "…"])


def check_variable(assigned: re.Match[str] | None) -> None:
    assert assigned is not None
    if assigned[1].startswith("JOBSMITH_"):
        assert f"| `{assigned[1]}` |" in reference("environment") + reference("settings").replace(
            "| `", "| `JOBSMITH_"
        )


def check_words(words: list[str]) -> None:
    if not words:
        return
    if words[0].endswith("python") and words[1:2] == ["manage.py"]:
        words = words[1:]
    if words[0] == "make":
        assert re.search(rf"^{words[1]}:.* ## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    elif words[0] == "manage.py" and words[1] != "jobsmith":
        assert words[1] in get_commands()
    elif words[0] == "manage.py":
        check_call(main, words[2:])
    elif Path(words[0]).name == "jobsmith":
        check_call(main, words[1:])


def check_call(command: click.Command, words: list[str]) -> None:
    """Raises what the command line would refuse; nothing runs."""
    if not isinstance(command, click.Group):
        command.make_context("documented", words)
        return
    name, below, rest = command.resolve_command(click.Context(command), list(words))
    assert name is not None
    assert below is not None
    if name == "manage":
        assert rest[0] in get_commands()
    elif rest:
        check_call(below, rest)


def test_a_command_that_does_not_exist_is_caught() -> None:
    for words in (["jobsmith", "serve"], ["jobsmith", "run", "a.B", "--queues", "x"]):
        with pytest.raises(click.UsageError):
            check_words(words)
