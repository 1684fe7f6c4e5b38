"""System checks."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError
from pytest_django import Settings

from jobsmith.checks import _missing, check_settings
from jobsmith.cli.preparing import refuse_broken_settings
from jobsmith.engines import engine

ROOT = Path(__file__).resolve().parents[3]


def test_unknown_keys_are_an_error(settings: Settings) -> None:
    settings.JOBSMITH = {"HOMES": "/x"}
    assert [each.id for each in check_settings()] == ["jobsmith.E001"]


def test_a_folder_that_is_not_there_is_told_of(settings: Settings, tmp_path: Path) -> None:
    settings.JOBSMITH = {"JOBS_ROOT": tmp_path / "nowhere"}
    assert [each.id for each in check_settings()] == ["jobsmith.W001"]
    settings.JOBSMITH = {"JOBS_ROOT": tmp_path}
    assert check_settings() == []


@pytest.mark.parametrize(
    ("key", "value", "code", "named"),
    [
        ("ENGINE", "celerey", "jobsmith.E002", "inline, local"),
        ("START_METHOD", "forkserver", "jobsmith.E003", "fork, spawn"),
        ("MAX_RESULT_BYTES", 8 * 1024**2, "jobsmith.E004", "7340032"),
        ("MAX_RESULT_BYTES", 0, "jobsmith.E004", "7340032"),
        ("SANITIZER_PATTERNS", [("(", "x")], "jobsmith.E005", "'('"),
        ("SANITIZER_PATTERNS", [("(a)", r"\2")], "jobsmith.E005", "'(a)'"),
        ("SANITIZER_PATTERNS", [("a", "b"), "abc"], "jobsmith.E005", "'abc'"),
        ("GIT_ALLOWED_NETWORKS", ["10.0.0.1/8"], "jobsmith.E006", "10.0.0.1/8"),
    ],
)
def test_a_value_that_cannot_work_is_an_error_that_says_what_can(
    settings: Settings, key: str, value: object, code: str, named: str
) -> None:
    settings.JOBSMITH = {key: value}
    [found] = check_settings()
    assert (found.id, found.is_serious()) == (code, True)
    assert key in found.msg
    assert named in f"{found.msg} {found.hint}"
    with pytest.raises(CommandError, match=key):
        refuse_broken_settings()


def test_all_that_is_wrong_is_told_at_once(settings: Settings, tmp_path: Path) -> None:
    settings.JOBSMITH = {"ENGINE": "x", "START_METHOD": "y", "JOBS_ROOT": tmp_path / "nowhere"}
    assert [each.id for each in check_settings()] == [
        "jobsmith.E002",
        "jobsmith.E003",
        "jobsmith.W001",
    ]


def test_an_unknown_engine_is_no_key_error(settings: Settings) -> None:
    settings.JOBSMITH = {"ENGINE": "celerey"}
    with pytest.raises(ImproperlyConfigured, match="inline, local"):
        engine()


def test_settings_that_can_work_start_a_server(settings: Settings) -> None:
    settings.JOBSMITH = {"SANITIZER_PATTERNS": [(r"id=(\d+)", r"id=\1")], "START_METHOD": "spawn"}
    assert check_settings() == []
    refuse_broken_settings()


def test_every_check_is_in_the_reference() -> None:
    code = (ROOT / "src" / "jobsmith" / "checks.py").read_text(encoding="utf-8")
    text = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    codes = set(re.findall(r"jobsmith\.[EW]\d{3}", code))
    assert len(codes) >= 7
    assert [each for each in sorted(codes) if f"| `{each}` |" not in text] == []


@pytest.mark.parametrize(
    ("options", "missing"),
    [
        ({}, ["transaction_mode IMMEDIATE", "timeout", "journal_mode WAL"]),
        ({"transaction_mode": "IMMEDIATE", "timeout": 5}, ["journal_mode WAL"]),
        (
            {
                "transaction_mode": "IMMEDIATE",
                "timeout": 5,
                "init_command": "PRAGMA journal_mode = WAL;",
            },
            [],
        ),
    ],
)
def test_sqlite_defaults_are_told_of(options: dict[str, Any], missing: list[str]) -> None:
    database = {"ENGINE": "django.db.backends.sqlite3", "OPTIONS": options}
    assert _missing(database) == missing


def test_other_databases_are_fine() -> None:
    assert _missing({"ENGINE": "django.db.backends.postgresql"}) == []
