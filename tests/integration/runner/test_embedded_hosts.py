"""What a sandbox sees of a host that keeps secrets beside its code, and what it may change."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.db import connection
from pytest_django import Settings

from jobsmith.cli.doctor import BAD, findings
from jobsmith.errors import SandboxMissing
from jobsmith.isolation import Isolation
from jobsmith.processes.sandbox import Sandbox, can_forbid_namespaces
from jobsmith.sources.sandboxes import sandbox_for, trouble_of
from tests.support.job_files import jobsmith_settings
from tests.support.sandboxes import need_sandboxes

from .test_isolation_table import DOCUMENT

SECRET = "of the server"
LEVELS = ("sandbox", "offline", "untrusted")
BEGIN = "<!-- measured of hosts -->"
Cells = list[str]
Keep = Callable[[Path], Path]


@pytest.fixture
def host(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A Django project whose folder Python looks for modules in, as under ``manage.py``."""
    if connection.vendor != "sqlite":
        pytest.skip("there is a file of SQLite on SQLite only")
    need_sandboxes()
    with TemporaryDirectory(dir="/var/tmp", prefix="jobsmith-") as folder:
        host = Path(folder, "host")
        for each in (host / "shop", host / "data" / "deep", Path(folder, "db")):
            each.mkdir(parents=True)
        for name in ("manage.py", "shop/models.py", ".env", ".env.local", "data/notes"):
            (host / name).write_text(SECRET)
        (host / "shop" / "passwords").write_text(SECRET)
        (host / ".env.linked").symlink_to("shop/passwords")
        (host / "link").symlink_to("shop")
        for each in (Path(folder), *Path(folder).rglob("*")):
            each.chmod(0o777 if each.is_dir() else 0o666)
        monkeypatch.syspath_prepend(str(host))
        yield host


@pytest.fixture
def keep_database(host: Path, monkeypatch: pytest.MonkeyPatch) -> Keep:
    """Has the settings name a SQLite file elsewhere."""

    def keep(file: Path) -> Path:
        for mark in ("", "-wal", "-journal"):
            file.with_name(file.name + mark).write_text(SECRET)
        monkeypatch.setitem(connection.settings_dict, "NAME", str(file))
        return file

    return keep


def can(box: Sandbox, line: str, *words: object) -> bool:
    """Whether a line of shell succeeds inside."""
    done = subprocess.run(
        box.command(["/bin/sh", "-c", line, "sh", *map(str, words)], dies_with_caller=True),
        env=box.environment({"PATH": "/usr/bin:/bin"}),
        check=False,
        timeout=60,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        **box.start_as(),
    )
    assert b"bwrap:" not in done.stderr, done.stderr
    return done.returncode == 0


def box_at(level: str) -> Sandbox:
    box = sandbox_for(Isolation(level), name="test", folders=[])
    assert box is not None
    return box


def measure(level: str, host: Path, database: Path) -> dict[str, str]:
    """What a job can do at the level; "refused" where none runs."""
    reads, writes = 'test -n "$(head -c 4 "$1")"', 'touch "$1/added.py" && rm "$1/added.py"'
    tries = {
        "reads the database file": (reads, database),
        "reads `.env`": (reads, host / ".env"),
        "changes the code of the server": (writes, host),
    }
    if trouble_of(Isolation(level)):
        with pytest.raises(SandboxMissing, match="folder of its own"):
            box_at(level)
        return dict.fromkeys(tries, "refused")
    box = box_at(level)
    could = {name: can(box, *words) for name, words in tries.items()}
    return {name: "possible" if each else "stopped" for name, each in could.items()}


def test_secrets_of_hosts_are_as_the_documentation_says(host: Path, keep_database: Keep) -> None:
    found: dict[str, Cells] = {}
    for file in (host.parent / "db" / "db.sqlite3", host / "db.sqlite3"):
        keep_database(file)
        for level in LEVELS:
            for name, cell in measure(level, host, file).items():
                found.setdefault(name, []).append(cell)
    text = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)[2].partition("<!-- end -->")[0]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines()[3:] if line]
    assert found == {name: cells for name, *cells in rows}


@pytest.mark.parametrize("place", ["db.sqlite3", "data/db.sqlite3", "data/deep/db.sqlite3"])
def test_untrusted_code_sees_the_code_beside_a_database_and_not_what_appears_later(
    host: Path, keep_database: Keep, place: str
) -> None:
    file = keep_database(host / place)
    box = box_at("untrusted")
    for name in ("manage.py", "shop/models.py", "link/models.py", "data/notes"):
        assert can(box, 'test -s "$1"', host / name), name
    passwords = (host / ".env.local", host / "shop" / "passwords")
    for secret in (file, f"{file}-wal", f"{file}-journal", *passwords):
        assert not can(box, 'test -e "$1"', secret), secret


@pytest.mark.parametrize("place", ["data/db.sqlite3", "../db.sqlite3", "../db/db.sqlite3"])
def test_a_database_among_code_or_beside_a_file_of_passwords_is_refused(
    host: Path, keep_database: Keep, place: str
) -> None:
    keep_database(host / place)
    (host.parent / "db" / ".env").write_text(SECRET)
    assert "folder of its own" in trouble_of(Isolation.SANDBOX)
    assert trouble_of(Isolation.UNTRUSTED) == ""


def test_the_doctor_says_which_source_cannot_run_and_why(
    host: Path, keep_database: Keep, settings: Settings
) -> None:
    levels = {"folder": "sandbox"}
    settings.JOBSMITH = jobsmith_settings(JOBS_ROOT=host.parent / "db", ISOLATION=levels)
    keep_database(host / "db.sqlite3")
    told = [each.sentence for each in findings() if each.topic == "source" and each.state == BAD]
    assert any("(sandbox) and cannot run: the SQLite file lies in" in each for each in told)


def test_a_file_named_by_a_uri_is_hidden_as_well(host: Path, keep_database: Keep) -> None:
    file = keep_database(host / "db.sqlite3")
    connection.settings_dict["NAME"] = f"file:{file}?mode=ro"
    assert not can(box_at("untrusted"), 'test -e "$1"', file)


def test_nobody_inside_makes_a_user_namespace(host: Path) -> None:
    box = box_at("untrusted")
    if not can_forbid_namespaces(box.identity):
        pytest.skip("bubblewrap is older than 0.8")
    assert can(box, "unshare --help")
    assert not can(box, "unshare -U true")


def test_folders_of_other_programs_are_not_inside(host: Path) -> None:
    assert Path("/opt").exists()
    assert sys.prefix.startswith("/opt") or not can(box_at("untrusted"), "test -e /opt")
