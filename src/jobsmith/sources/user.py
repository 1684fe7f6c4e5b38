"""Whom job code runs as: root makes it somebody without rights, where that works."""

import os
import pwd
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import django
from django.apps import apps
from django.db import connection

from jobsmith.conf import conf
from jobsmith.processes import sandbox
from jobsmith.processes.confine import Limits
from jobsmith.processes.sandbox import Identity

from .entries import entries

FIRST_UID = 61184
"""Of the range that systemd keeps for users made on the fly; taken by nobody else."""
STAYS_ROOT = "Jobs run as root: "
_MODES = {"": 0o710, "db": 0o2770, "trees": 0o750, "packages": 0o750, "files": 0o2750, "tmp": 0o700}
"""Folders of home and what their owner and the group of runs may do there."""


def choose_user(limits: Limits, code: Path | None = None) -> tuple[Limits, str]:
    """The limits with a user for job code, and a note for people where it runs as root.

    ``code`` is a folder that the user must be able to read, beside what every job needs.
    """
    if os.geteuid() != 0 or sandbox.level():
        return limits, ""
    try:
        uid, gid = _named(conf().run_as_user) if conf().run_as_user else (FIRST_UID, FIRST_UID)
    except KeyError:
        return limits, f"{STAYS_ROOT}there is no user {conf().run_as_user}."
    _open_folders(gid)
    if missing := _probe(uid, gid, _needs(code)):
        return limits, f"{STAYS_ROOT}another user could not use {missing}."
    return replace(limits, uid=uid, gid=gid), ""


def identity() -> Identity:
    """Whom a sandbox is started as by this process."""
    if os.geteuid() != 0:
        return Identity()
    with suppress(KeyError):
        uid, gid = _named(conf().run_as_user) if conf().run_as_user else (FIRST_UID, FIRST_UID)
        return Identity(uid=uid, gid=gid)
    return Identity()


def _named(name: str) -> tuple[int, int]:
    entry = pwd.getpwnam(name)
    return entry.pw_uid, entry.pw_gid


def _open_folders(gid: int) -> None:
    """Let the group of runs pass through home and write the database; nothing else."""
    home = conf().home
    for folder in _MODES:
        with suppress(OSError):
            (home / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
            os.chown(home / folder, -1, gid)
    for folder, mode in _MODES.items():
        with suppress(OSError):
            (home / folder).chmod(mode)
    for file in (home / "db").glob("*.sqlite3*"):
        with suppress(OSError):
            os.chown(file, -1, gid)
            file.chmod(0o660)


def _probe(uid: int, gid: int, needs: list[tuple[Path, int]]) -> str:
    """What that user could not use, tried out by a child that becomes it; "" when all works."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        missing = "anything"
        try:
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
            missing = next((str(path) for path, mode in needs if not os.access(path, mode)), "")
        finally:
            os.write(write, missing.encode()[:400])
            os._exit(0)
    os.close(write)
    with open(read, "rb") as answer:
        missing = answer.read().decode(errors="replace")
    os.waitpid(pid, 0)
    return missing


def _needs(code: Path | None) -> list[tuple[Path, int]]:
    folders = [Path(each.path) for each in apps.get_app_configs()]
    folders += [Path(each.place) for each in entries()]
    needs = [
        (Path(sys.executable), os.R_OK | os.X_OK),
        *((Path(str(each)), os.R_OK) for each in (os.__file__, django.__file__, __file__)),
        *((each, os.R_OK | os.X_OK) for each in (conf().home / "trees", code, *folders) if each),
    ]
    if connection.vendor == "sqlite":
        needs.append((Path(str(connection.settings_dict["NAME"])).parent, os.W_OK | os.X_OK))
    return needs
