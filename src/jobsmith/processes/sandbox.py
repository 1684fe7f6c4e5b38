"""Bubblewrap around a program: only what it needs of the machine is there, and that read-only.

A sandbox has processes, host name and ``/tmp`` of its own, and no rights to give itself more.
Since bubblewrap 0.8 it cannot make user namespaces either, in which it would have rights again,
though only over what it makes there.
"""

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from jobsmith.conf import Conf

from .environment import holds_a_password, is_secret, names_a_secret

MARK = "JOBSMITH_SANDBOX"
"""Variable by which a process knows that it is in one; holds the level."""
PROGRAM = "bwrap"
TMP = "/tmp"  # noqa: S108 - its own
SHARED = "/dev/shm"  # noqa: S108 - as well
TMP_BYTES = 256 * 1024**2
"""What ``/tmp`` of a sandbox may hold, and ``/dev/shm``; they lie in memory."""
HIDDEN_BYTES = 1024**2
"""Enough for the folders that settings make in a home that is hidden."""
PROBE_SECONDS = 10
MOST_LINKS = 200
READ, WRITE, HIDDEN, PARTED = "--ro-bind", "--bind", "--tmpfs", "parted"
"""What becomes of a folder; of a parted one only some entries are inside, each by itself."""
ENVIRONMENT_FILES = ".env"
"""Files that begin so hold passwords, by custom beside the code that reads them."""
SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store"),
    *("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives"),
    *("/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/ca-certificates.conf"),
    *("/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf"),
    *("/etc/services", "/etc/protocols", "/etc/passwd", "/etc/group", "/etc/localtime"),
    *("/etc/timezone", "/etc/mime.types"),
)
"""What programs expect of a machine, and nothing that is secret on it."""
_TOO_MUCH = frozenset({"/", "/home", "/root", "/tmp", "/var", "/etc"})  # noqa: S108
"""Folders that are never read whole, even where Python looks for modules in them."""
_ALONE = ("user", "pid", "ipc", "uts", "cgroup-try")
_PLAIN = frozenset({"PATH", "LANG", "LANGUAGE", "TZ", "DJANGO_SETTINGS_MODULE", "TERM"})
_FAMILIES = ("LC_", "PYTHON")
_OURS = frozenset(
    f"JOBSMITH_{name}"
    for name in (
        *(each.name.upper() for each in fields(Conf)),
        *("APPS", "PLUGINS", "EXAMPLES", "TIME_ZONE", "LOG_FORMAT", "LOG_LEVEL", "SCRIPT_NAME"),
        *("SYS_PATH", "WORKER"),
    )
)
"""What settings and programs of ours need to know inside."""
_TRUSTED = frozenset({"DATABASE_URL", "JOBSMITH_PLUGINS_CONFIG"})
"""They may hold passwords; who has the database may know them."""
_KEYS = ("SECRET_KEY", "DJANGO_SECRET_KEY", "JOBSMITH_SECRET_KEY")
"""Settings do not load without one, so a sandbox gets one that opens nothing. So it is with
variables that the host's settings need and untrusted code must not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whom a sandbox runs as; of root it makes somebody else first."""

    uid: int | None = None
    gid: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """What is inside of one. Equal ones may share a process."""

    level: str
    name: str
    """Whose it is: no two sources share one."""
    database: bool
    network: bool
    read: tuple[str, ...] = ()
    """Folders that can be read, beside the system's and the interpreter's."""
    write: tuple[str, ...] = ()
    hide: tuple[str, ...] = ()
    """Folders that are empty inside, unless something of them is named above."""
    secret: tuple[str, ...] = ()
    """Files that are not inside, wherever they lie, nor those whose names begin the same."""
    variables: tuple[str, ...] = ()
    """Names of further environment variables."""
    identity: Identity = Identity()

    def command(self, words: Sequence[str], *, dies_with_caller: bool = False) -> list[str]:
        """The command line that runs ``words`` inside."""
        alone = _ALONE if self.network else (*_ALONE, "net")
        return [
            PROGRAM,
            *(f"--unshare-{each}" for each in alone),
            *("--cap-drop", "ALL", "--new-session"),
            *(["--disable-userns"] if can_forbid_namespaces(self.identity) else []),
            *(["--die-with-parent"] if dies_with_caller else []),
            *("--size", str(TMP_BYTES), "--tmpfs", TMP, "--proc", "/proc", "--dev", "/dev"),
            *("--size", str(TMP_BYTES), "--tmpfs", SHARED, "--remount-ro", "/dev"),
            *self._mounts(),
            *("--remount-ro", "/", "--chdir", TMP, "--", *words),
        ]

    def environment(self, given: Mapping[str, str]) -> dict[str, str]:
        """Of these variables, those that may be inside."""
        kept = {name: value for name, value in given.items() if self._may_know(name, value)}
        withheld = {*self.variables} & given.keys() - kept.keys()
        kept |= {name: secrets.token_urlsafe(48) for name in (*_KEYS, *withheld)}
        return {**kept, "HOME": TMP, "TMPDIR": TMP, MARK: self.level}

    def start_as(self) -> dict[str, Any]:
        """How `subprocess` starts it."""
        if self.identity.uid is None:
            return {}
        return {"user": self.identity.uid, "group": self.identity.gid, "extra_groups": ()}

    def _may_know(self, name: str, value: str) -> bool:
        if name in _TRUSTED or name.startswith("PG"):
            return self.database
        if name in self.variables:
            return self.database or not (names_a_secret(name) or holds_a_password(value))
        plain = name in _PLAIN | _OURS or name.startswith(_FAMILIES)
        return plain and not is_secret(name) and not holds_a_password(value)

    def _mounts(self) -> Iterator[str]:
        """Outer folders first, so that what lies in one covers it."""
        asked = [*self.hide, *SYSTEM, *interpreter(), *self.read, *self.write]
        folders = dict.fromkeys(_real(self.hide), HIDDEN)
        folders |= dict.fromkeys(_real([*SYSTEM, *interpreter(), *self.read]), READ)
        folders |= dict.fromkeys(_real(self.write), WRITE)
        links = _links(asked)
        parted = _part(folders, links, self.secret)
        for path in sorted({*folders, *links}, key=lambda each: (each.count("/"), each)):
            around = _around(path, folders)
            if path in links and around in ("", HIDDEN, PARTED):
                yield from ("--symlink", links[path], path)
            elif path in folders and (path in parted or folders[path] != around):
                yield from _mount(folders[path], path)
        for path in parted:
            yield from ("--remount-ro", path)


def level() -> str:
    """The level of the sandbox that this process is in; "" for none."""
    return os.environ.get(MARK, "")


@lru_cache(maxsize=256)
def missing(identity: Identity = Identity(), places: tuple[str, ...] = ()) -> str:
    """Why there can be no sandbox on this machine, in a sentence; "" when there can.

    ``places`` are folders that have to be inside.
    """
    if not sys.platform.startswith("linux"):
        return "sandboxes need Linux."
    if shutil.which(PROGRAM) is None:
        return "bubblewrap (bwrap) is not installed on this machine."
    probe = Sandbox(
        level="probe", name="", database=False, network=False, read=places, identity=identity
    )
    try:
        done = _try_out(probe, probe.command(["/bin/sh", "-c", "exit 0"]))
    except (OSError, subprocess.SubprocessError) as error:
        return f"bubblewrap (bwrap) cannot make a sandbox here: {error}."
    said = done.stderr.decode(errors="replace").strip().splitlines() or ["it did not say why"]
    return f"bubblewrap cannot make a sandbox here: {said[-1]}." if done.returncode else ""


@lru_cache(maxsize=16)
def can_forbid_namespaces(identity: Identity = Identity()) -> bool:
    """Whether bubblewrap can see to it that a sandbox makes no user namespaces of its own."""
    probe = Sandbox(level="probe", name="", database=False, network=False, identity=identity)
    words = ["--unshare-user", "--disable-userns", "--ro-bind", "/", "/", "--proc", "/proc"]
    try:
        done = _try_out(probe, [PROGRAM, *words, "--", "/bin/sh", "-c", "exit 0"])
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def _try_out(probe: Sandbox, command: list[str]) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(  # noqa: S603 - our own command line
        command,
        env=probe.environment(os.environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PROBE_SECONDS,
        check=False,
        **probe.start_as(),
    )


def environment_files(folder: str) -> list[str]:
    """The files of passwords that lie directly in a folder."""
    found = [
        each for each in _entries(folder) if os.path.basename(each).startswith(ENVIRONMENT_FILES)
    ]
    return [each for each in found if not os.path.isdir(each)]


def code_folders() -> list[str]:
    """Those of the interpreter that are inside."""
    return _real(interpreter())


def can_be_inside(folder: str) -> bool:
    """Whether a folder is none of those that are never inside whole."""
    return folder not in _too_much()


def interpreter() -> list[str]:
    """Where Python, its packages and ours are."""
    return [sys.prefix, sys.base_prefix, *(os.path.abspath(each) for each in sys.path if each)]


def _real(paths: Iterable[str]) -> list[str]:
    """Those that are there, as they are called without symbolic links."""
    there = [os.path.realpath(each) for each in paths if each and os.path.exists(each)]
    return [each for each in dict.fromkeys(there) if each not in _too_much()]


def _too_much() -> frozenset[str]:
    return _TOO_MUCH | {os.path.realpath(os.path.expanduser("~"))}


def _part(folders: dict[str, str], links: dict[str, str], secret: Sequence[str]) -> dict[str, None]:
    """Part the folders that can be read and hold a secret file: all else of them stays.

    What comes to lie there later is not inside either, such as a journal of a database.
    """
    bound = [each for each, kind in folders.items() if kind == READ]
    found = [file for each in bound for file in environment_files(each)]
    secret = [os.path.realpath(each) for each in (*secret, *found)]
    held = {os.path.dirname(each) for each in (*secret, *found)}
    readable = {each for each in held if _inside(each, folders) == READ}
    for folder in sorted(readable):
        folders[folder] = PARTED
        for path in _harmless(folder, secret):
            if os.path.islink(path):
                links.setdefault(path, os.readlink(path))
            else:
                folders.setdefault(path, READ)
    return dict.fromkeys(sorted(readable))


def _harmless(folder: str, secret: Sequence[str]) -> list[str]:
    """What may be seen of a folder: its files, folders and links, less the secret files."""
    hidden = {*environment_files(folder), *secret}
    begin = tuple(f"{each}{mark}" for each in hidden for mark in "-.")
    seen = [each for each in _entries(folder) if each not in hidden and not each.startswith(begin)]
    plain = (os.path.islink, os.path.isfile, os.path.isdir)
    return [each for each in seen if any(is_one(each) for is_one in plain)]


def _entries(folder: str) -> list[str]:
    """What lies in a folder; nothing where it cannot be read."""
    try:
        return [os.path.join(folder, each) for each in sorted(os.listdir(folder))]
    except OSError:
        return []


def _inside(path: str, folders: Mapping[str, str]) -> str:
    """What a folder is itself, or what it lies in."""
    return folders.get(path) or _around(path, folders)


def _mount(kind: str, path: str) -> tuple[str, ...]:
    if kind in (HIDDEN, PARTED):
        kind = HIDDEN
        return ("--perms", "0755", "--size", str(HIDDEN_BYTES), kind, path)
    return (kind, path, path)


def _around(path: str, folders: Mapping[str, str]) -> str:
    """What the innermost of the folders around it is; "" when there is none."""
    outer = map(str, Path(path).parents)
    return next((folders[each] for each in outer if each in folders), "")


def _links(paths: Iterable[str]) -> dict[str, str]:
    """The symbolic links on the way to these paths, and where each leads."""
    found: dict[str, str] = {}
    for path in paths:
        ways = [Path(os.path.abspath(path))] if path else []
        while ways and len(found) < MOST_LINKS:
            whole = ways.pop()
            link = next(
                (each for each in (*reversed(whole.parents), whole) if each.is_symlink()), None
            )
            if link is not None and str(link) not in found:
                found[str(link)] = os.readlink(link)
                led = link.parent / found[str(link)] / whole.relative_to(link)
                ways.append(Path(os.path.normpath(led)))
    return found
