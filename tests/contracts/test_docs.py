"""The reference names all there is, and the examples in the documents run."""

import re
import sys
from dataclasses import fields
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import click
import pytest

from jobsmith import errors, jobs
from jobsmith.cli.main import main
from jobsmith.conf import Conf
from jobsmith.jobs import registry
from jobsmith.jobs.describe import describe
from jobsmith.lifecycle import Cause
from jobsmith.testing import run_job

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
JOB_BLOCK = re.compile(r"<!-- job -->\n+```python\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def reference(name: str) -> str:
    return (DOCS / "reference" / f"{name}.md").read_text(encoding="utf-8")


def test_every_setting_is_in_the_reference() -> None:
    text = reference("settings")
    assert [each.name for each in fields(Conf) if f"`{each.name.upper()}`" not in text] == []


def test_every_setting_is_read_by_something() -> None:
    code = "\n".join(each.read_text(encoding="utf-8") for each in ROOT.glob("src/**/*.py"))
    assert [each.name for each in fields(Conf) if f"conf().{each.name}" not in code] == []


def test_every_error_code_is_in_the_reference_with_its_status() -> None:
    text = reference("errors")
    refusals = [errors.JobsmithError, *_below(errors.JobsmithError)]
    rows = [f"| `{each.code}` | {each.status} |" for each in refusals]
    assert [row for row in rows if row not in text] == []


def _below(kind: type[errors.JobsmithError]) -> list[type[errors.JobsmithError]]:
    return [each for sub in kind.__subclasses__() for each in (sub, *_below(sub))]


def test_every_variable_has_a_heading() -> None:
    text = reference("variables")
    names = [name for name in jobs.__all__ if name.endswith("Var")]
    assert [name for name in names if f"\n## {name}\n" not in text] == []


def test_every_command_is_in_the_reference() -> None:
    text = reference("commands")
    commands = main.list_commands(click.Context(main))
    assert [name for name in commands if f"| `{name}` |" not in text] == []


def test_every_cause_is_in_the_reference() -> None:
    text = reference("lifecycle")
    assert [each for each in Cause if each and f"`{each.value}`" not in text] == []


def pages() -> list[Path]:
    return sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    pictures = {"docs/images/run.png", "images/run.png"}
    broken = [
        each for each in targets if each not in pictures and not (page.parent / each).exists()
    ]
    assert broken == []


def job_blocks() -> list[tuple[str, str]]:
    found = []
    for page in pages():
        for block in JOB_BLOCK.findall(page.read_text(encoding="utf-8")):
            found.append((str(page.relative_to(ROOT)), block))
    return found


def test_documents_hold_jobs_to_try() -> None:
    assert {page for page, _ in job_blocks()} >= {"README.md", "docs/tutorial/first-job.md"}


@pytest.mark.parametrize(("page", "code"), job_blocks())
def test_a_job_in_a_document_can_be_offered(page: str, code: str, tmp_path: Path) -> None:
    registry.clear()
    try:
        _import(tmp_path / "documented.py", code)
        offered = [describe(each) for each in registry.registered().values()]
    finally:
        registry.clear()
        sys.modules.pop("documented", None)
    assert offered


def _import(path: Path, code: str) -> ModuleType:
    path.write_text(code, encoding="utf-8")
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def test_the_first_job_of_the_tutorial_counts_words(tmp_path: Path) -> None:
    code = next(code for page, code in job_blocks() if page == "docs/tutorial/first-job.md")
    try:
        run = run_job(_import(tmp_path / "documented.py", code).CountWords, text="a b a")
    finally:
        registry.clear()
        sys.modules.pop("documented", None)
    assert run.result["rows"][0] == ["a", 2]
    assert "2 different words" in run.messages


def test_a_refused_input_of_the_tutorial_is_named(tmp_path: Path) -> None:
    code = next(code for page, code in job_blocks() if page == "docs/tutorial/first-job.md")
    try:
        with pytest.raises(errors.InputsRefused) as refusal:
            run_job(_import(tmp_path / "documented.py", code).CountWords, text="a", top=0)
    finally:
        registry.clear()
        sys.modules.pop("documented", None)
    assert "top" in refusal.value.errors
