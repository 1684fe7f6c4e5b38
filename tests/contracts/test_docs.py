"""The reference names all there is, and every page leads somewhere."""

import re
from dataclasses import fields
from pathlib import Path

import click
import pytest

from jobsmith import errors, jobs
from jobsmith.cli.main import main
from jobsmith.conf import Conf
from jobsmith.jobs.options import OPTIONS
from jobsmith.lifecycle import Cause

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
NAMED = re.compile(r'"(JOBSMITH_[A-Z_]+|DATABASE_URL|HOST|PORT)"')
BETWEEN_PROCESSES = {"JOBSMITH_SANDBOX", "JOBSMITH_SYS_PATH", "JOBSMITH_WORKER"}
"""What a worker tells its children; nobody sets them."""
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


def test_every_option_of_a_job_class_is_in_the_reference() -> None:
    text = reference("jobs")
    assert [name for name in OPTIONS if f"\n| `{name}` |" not in text] == []


def test_every_variable_of_the_environment_is_in_the_reference() -> None:
    text = reference("environment")
    code = (path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    named = {name for each in code for name in NAMED.findall(each)} - BETWEEN_PROCESSES
    assert [name for name in sorted(named) if f"\n| `{name}` |" not in text] == []


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


def test_every_page_is_reached_from_the_index() -> None:
    reached, waiting = set(), [DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        links = LINK.findall(page.read_text(encoding="utf-8"))
        found = {(page.parent / each).resolve() for each in links if each.endswith(".md")}
        waiting += found - reached
    assert [str(each) for each in pages() if DOCS in each.parents and each not in reached] == []
