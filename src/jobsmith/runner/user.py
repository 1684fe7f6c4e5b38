"""Whom jobs run as: a worker that is root makes them somebody without rights, where that works."""

import os
import pwd
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from django.db import connection

from jobsmith.conf import conf
from jobsmith.processes.confine import Limits

FIRST_UID = 61184
"""Of the range that systemd keeps for users made on the fly; taken by nobody else."""
STAYS_ROOT = "Jobs run as root: "


def choose_user(limits: Limits) -> tuple[Limits, str]:
    """The limits with a user for runs, and a note for people where jobs run as root."""
    if os.geteuid() != 0:
        return limits, ""
    try:
        uid, gid = _named(conf().run_as_user) if conf().run_as_user else (FIRST_UID, FIRST_UID)
    except KeyError:
        return limits, f"{STAYS_ROOT}there is no user {conf().run_as_user}."
    _open_folders(gid)
    if missing := _probe(uid, gid):
        return limits, f"{STAYS_ROOT}another user could not use {missing}."
    return replace(limits, uid=uid, gid=gid), ""


def _named(name: str) -> tuple[int, int]:
    entry = pwd.getpwnam(name)
    return entry.pw_uid, entry.pw_gid


def _open_folders(gid: int) -> None:
    """Let the group of runs pass through home and write the database; nothing else."""
    home = conf().home
    for folder in (home, home / "db", home / "trees", home / "files", home / "tmp"):
        with suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.chown(folder, -1, gid)
    for folder, mode in ((home, 0o710), (home / "db", 0o2770), (home / "files", 0o2750)):
        with suppress(OSError):
            folder.chmod(mode)
    for file in (home / "db").glob("*.sqlite3*"):
        with suppress(OSError):
            os.chown(file, -1, gid)
            file.chmod(0o660)


def _probe(uid: int, gid: int) -> str:
    """What that user could not use, tried out by a child that becomes it; "" when all works."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        missing = "anything"
        try:
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
            missing = next((str(path) for path, mode in _needs() if not os.access(path, mode)), "")
        finally:
            os.write(write, missing.encode()[:400])
            os._exit(0)
    os.close(write)
    with open(read, "rb") as answer:
        missing = answer.read().decode(errors="replace")
    os.waitpid(pid, 0)
    return missing


def _needs() -> list[tuple[Path, int]]:
    needs = [
        (Path(sys.executable), os.R_OK | os.X_OK),
        (Path(os.__file__), os.R_OK),
        (Path(__file__), os.R_OK),
        (conf().home / "trees", os.R_OK | os.X_OK),
    ]
    if connection.vendor == "sqlite":
        needs.append((Path(str(connection.settings_dict["NAME"])).parent, os.W_OK | os.X_OK))
    return needs
