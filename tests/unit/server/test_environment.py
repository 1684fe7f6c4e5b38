"""Settings of the standalone server come from the environment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from jobsmith_server.examples import are_examples, examples_folder, jobs_root, serves_examples
from jobsmith_server.settings.environment import (
    database,
    jobsmith_settings,
    mapping,
    secret_key,
    switch,
    text,
)


def test_every_plain_key_of_the_settings_has_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBSMITH_SLOTS", "7")
    monkeypatch.setenv("JOBSMITH_CANCEL_GRACE", "1.5")
    monkeypatch.setenv("JOBSMITH_ACCEPT_WITHOUT_WORKER", "yes")
    monkeypatch.setenv("JOBSMITH_ENABLED_ON_CREATE", "folder, app:shop")
    monkeypatch.setenv("JOBSMITH_JOBS_ROOT", "/srv/jobs")
    found = jobsmith_settings()
    assert found["SLOTS"] == 7
    assert found["CANCEL_GRACE"] == 1.5
    assert found["ACCEPT_WITHOUT_WORKER"] is True
    assert found["ENABLED_ON_CREATE"] == ("folder", "app:shop")
    assert found["JOBS_ROOT"] == "/srv/jobs"


@pytest.mark.parametrize(
    ("name", "value"),
    [("SLOTS", "2.5"), ("SLOTS", "many"), ("ACCEPT_WITHOUT_WORKER", "perhaps")],
)
def test_a_value_of_the_wrong_kind_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"JOBSMITH_{name}", value)
    with pytest.raises(ImproperlyConfigured, match=f"JOBSMITH_{name} must be"):
        jobsmith_settings()


def test_a_secret_may_lie_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "url"
    path.write_text("postgres://somewhere/db\n")
    monkeypatch.setenv("DATABASE_URL_FILE", str(path))
    assert text("DATABASE_URL") == "postgres://somewhere/db"


def test_a_file_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL_FILE", "/nowhere/at/all")
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL_FILE cannot be read"):
        text("DATABASE_URL")


def test_an_unset_switch_has_its_default() -> None:
    assert switch("JOBSMITH_NOBODY_SETS_THIS") is False
    assert switch("JOBSMITH_NOBODY_SETS_THIS", default=True) is True


def test_the_secret_key_is_made_once_for_its_owner_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("JOBSMITH_SECRET_KEY", raising=False)
    home = tmp_path / "home"
    key = secret_key(home)
    assert len(key) > 60
    assert secret_key(home) == key
    assert (home / "secret.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in home.iterdir()] == ["secret.key"]


def test_this_machine_may_always_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBSMITH_ALLOWED_HOSTS", "jobs.example.org")
    said = subprocess.run(
        [sys.executable, "-c", "from jobsmith_server.settings.base import *; print(ALLOWED_HOSTS)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert said.stdout.strip() == "['jobs.example.org', 'localhost', '127.0.0.1', '[::1]']"


def test_the_home_keeps_the_folder_of_jobs_for_commands_that_name_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("JOBSMITH_EXAMPLES", raising=False)
    monkeypatch.delenv("JOBSMITH_JOBS_ROOT", raising=False)
    home, folder = tmp_path / "home", tmp_path / "my jobs"
    assert jobs_root(home) is None
    assert serves_examples(None)
    monkeypatch.setenv("JOBSMITH_JOBS_ROOT", str(folder))
    assert jobs_root(home) == folder
    monkeypatch.delenv("JOBSMITH_JOBS_ROOT")
    assert jobs_root(home) == folder
    assert not serves_examples(folder)
    monkeypatch.setenv("JOBSMITH_EXAMPLES", "0")
    assert jobs_root(home) == folder
    monkeypatch.setenv("JOBSMITH_EXAMPLES", "1")
    assert jobs_root(home) is None
    monkeypatch.delenv("JOBSMITH_EXAMPLES")
    assert jobs_root(home) is None
    monkeypatch.setenv("JOBSMITH_JOBS_ROOT", str(examples_folder()))
    assert serves_examples(jobs_root(home))
    assert not (home / "jobs_root").exists()


def test_plugins_are_installed_and_read_their_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBSMITH_PLUGINS", "shelf, board")
    monkeypatch.setenv("JOBSMITH_PLUGINS_CONFIG", '{"shelf": {"days": 14}}')
    program = (
        "from jobsmith_server.settings.base import *\n"
        "print(INSTALLED_APPS[-2:], PLUGINS, PLUGINS_CONFIG['shelf']['days'])"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert said.stdout.strip() == "['shelf', 'board'] ['shelf', 'board'] 14", said.stderr


@pytest.mark.parametrize("value", ["[1]", "{", "3"])
def test_settings_of_plugins_are_a_json_object(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBSMITH_PLUGINS_CONFIG", value)
    with pytest.raises(ImproperlyConfigured, match="JOBSMITH_PLUGINS_CONFIG"):
        mapping("JOBSMITH_PLUGINS_CONFIG")


@pytest.mark.parametrize("url", ["nonsense", "nonsense://x", "postgres://u:hidden@h:port/x", "://"])
def test_a_database_that_cannot_be_read_is_named_without_its_password(
    url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL cannot be read") as told:
        database(tmp_path)
    assert "hidden" not in str(told.value)


def test_a_command_says_that_its_home_cannot_be_written() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "jobsmith_server", "jobs"],
        env={**os.environ, "JOBSMITH_HOME": "/proc/x", "JOBSMITH_SECRET_KEY": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 1
    assert "Traceback" not in said.stderr
    assert "JOBSMITH_HOME is /proc/x, which cannot be used" in said.stderr


def test_only_the_examples_need_not_be_enabled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOBSMITH_EXAMPLES", "1")
    assert are_examples(None)
    assert are_examples(examples_folder())
    assert not are_examples(tmp_path)
    monkeypatch.setenv("JOBSMITH_EXAMPLES", "0")
    assert not are_examples(None)
