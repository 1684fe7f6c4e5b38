"""Reading what packages a source asks for."""

from importlib import metadata
from pathlib import Path

import pytest

from jobsmith.sources.needs import Needs, needs_of

DJANGO = metadata.version("django")


def asked(tmp_path: Path, text: str, file: str = "requirements.txt") -> Needs:
    (tmp_path / file).write_text(text)
    return needs_of(tmp_path)


def test_only_what_the_server_lacks_is_missing(tmp_path: Path) -> None:
    found = asked(tmp_path, "# for jobs\n\nDjango>=4\nno-such-thing>=1,<2  # why\n")
    assert [each.text for each in found.missing] == ["no-such-thing<2,>=1"]
    assert found.missing[0].line == 4
    assert not found.problems


def test_hashes_and_long_lines_are_kept(tmp_path: Path) -> None:
    digest = f"sha256:{'0' * 64}"
    [need] = asked(tmp_path, f"no-such-thing==1 \\\n    --hash={digest}\n").missing
    assert (need.text, need.line) == (f"no-such-thing==1 --hash={digest}", 1)


def test_a_wish_for_another_platform_is_none(tmp_path: Path) -> None:
    assert asked(tmp_path, 'no-such-thing; sys_platform == "win32"\n') == Needs()


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("-r more.txt", "Options are not followed here"),
        ("--index-url https://example.com/", "Options are not followed here"),
        ("-e .", "Options are not followed here"),
        ("thing @ https://example.com/thing.whl", "Packages come from an index"),
        ("../thing.whl", "This names no package"),
        ("thing==", "This names no package"),
    ],
)
def test_what_is_not_followed_is_a_problem_with_its_line(
    tmp_path: Path, line: str, sentence: str
) -> None:
    [problem] = asked(tmp_path, f"\n{line}\n").problems
    assert sentence in problem.message
    assert (problem.file, problem.line) == ("requirements.txt", 2)


def test_a_wish_that_the_server_contradicts_names_both(tmp_path: Path) -> None:
    [problem] = asked(tmp_path, "django==1.2\n").problems
    assert problem.message == (
        f"django==1.2 is asked for, and this server itself needs django {DJANGO}."
    )


def test_a_project_file_counts_where_there_is_no_other(tmp_path: Path) -> None:
    text = '[project]\ndependencies = ["no-such-thing>1", "django"]\n'
    assert [each.text for each in asked(tmp_path, text, "pyproject.toml").missing] == [
        "no-such-thing>1"
    ]
    assert asked(tmp_path, "other-thing\n").missing[0].text == "other-thing"


@pytest.mark.parametrize("text", ["[project", "project = 1", '[project]\ndependencies = "x y"'])
def test_a_project_file_that_cannot_be_read_is_a_problem(tmp_path: Path, text: str) -> None:
    assert len(asked(tmp_path, text, "pyproject.toml").problems) == 1
