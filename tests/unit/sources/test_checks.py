"""System checks."""

from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from jobsmith.checks import _missing, check_settings


def test_unknown_keys_are_an_error(settings: Settings) -> None:
    settings.JOBSMITH = {"HOMES": "/x"}
    assert [each.id for each in check_settings()] == ["jobsmith.E001"]


def test_a_folder_that_is_not_there_is_told_of(settings: Settings, tmp_path: Path) -> None:
    settings.JOBSMITH = {"JOBS_ROOT": tmp_path / "nowhere"}
    assert [each.id for each in check_settings()] == ["jobsmith.W001"]
    settings.JOBSMITH = {"JOBS_ROOT": tmp_path}
    assert check_settings() == []


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
