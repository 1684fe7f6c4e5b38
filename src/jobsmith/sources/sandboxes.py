"""Which level a source has, and the sandbox that its code is loaded in."""

import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.db import connections

from jobsmith.conf import conf
from jobsmith.errors import SandboxMissing
from jobsmith.isolation import Isolation, stricter
from jobsmith.models import GitRepository
from jobsmith.processes import sandbox
from jobsmith.processes.sandbox import Identity, Sandbox

from .user import identity

GIT = "git:"
SOCKET_FOLDERS = ("/run/postgresql", "/var/run/postgresql")
"""Where PostgreSQL listens on the machine itself unless it is told otherwise."""
_OVER_NETWORK = "the database is reached over the network, which this level keeps away."
_AMONG_CODE = (
    "the SQLite file lies in {folder}, among code or files of the server. "
    "Keep it in a folder of its own, away from both."
)
_AMONG_SECRETS = "{file} lies in the folder of the SQLite file. Keep that in a folder of its own."


def levels_of(keys: Collection[str]) -> dict[str, Isolation]:
    """The level of each source: what the settings say, or more where a repository says more."""
    levels = {key: Isolation(conf().isolation.get(key, Isolation.PROCESS)) for key in keys}
    slugs = [key.removeprefix(GIT) for key in keys if key.startswith(GIT)]
    if slugs:
        rows = GitRepository.objects.filter(slug__in=slugs)
        for slug, level in rows.values_list("slug", "isolation"):
            levels[f"{GIT}{slug}"] = stricter(levels[f"{GIT}{slug}"], level)
    return levels


def level_of(key: str) -> Isolation:
    """The level of one source."""
    return levels_of([key])[key]


def sandbox_for(level: Isolation, *, name: str, folders: Iterable[str]) -> Sandbox | None:
    """The sandbox of a source's code at that level; None where the level asks for none.

    ``folders`` hold the code and what it needs. Raises SandboxMissing.
    """
    if not level.is_sandboxed:
        return None
    if trouble := trouble_of(level):
        raise SandboxMissing(f"{SandboxMissing().message.rstrip('.')}: {trouble}")
    database = _Database()
    read = (*filter(None, folders), *(database.sockets if level.has_database else ()))
    write = tuple(database.folders) if level.has_database else ()
    return Sandbox(
        level=level.value,
        name=name,
        database=level.has_database,
        network=level.has_network,
        read=read,
        write=write,
        hide=_hidden(),
        secret=() if level.has_database else tuple(database.files),
        variables=conf().sandbox_environment,
        identity=_identity((*read, *write)),
    )


def is_read_apart(key: str) -> bool:
    """Whether the code of a source is read without database and keys, whatever its level.

    Who may push to a repository is not who enables its jobs; all else the operator put there.
    """
    return key.startswith(GIT) and not conf().read_with_database


def reading_sandbox(key: str, *, folders: Iterable[str]) -> Sandbox | None:
    """The same for code that is only read: it needs neither database nor network.

    None also where there can be no sandbox, unless the source's runs ask for one.
    """
    level = level_of(key)
    if is_read_apart(key) and not refusal():
        level = Isolation.UNTRUSTED
    return sandbox_for(
        Isolation.UNTRUSTED if level.is_sandboxed else level, name=key, folders=folders
    )


def without_secrets(given: Mapping[str, str]) -> dict[str, str]:
    """Of these variables, those that code in no sandbox may know while it is read."""
    bare = Sandbox(
        level="", name="", database=False, network=False, variables=conf().sandbox_environment
    )
    return {name: value for name, value in bare.environment(given).items() if name != sandbox.MARK}


def refusal() -> str:
    """Why there can be no sandbox on this machine; "" when there can."""
    return sandbox.missing(identity()) and sandbox.missing()


def trouble_of(level: Isolation) -> str:
    """Why code cannot run at that level here, in a sentence; "" when it can."""
    if not level.is_sandboxed:
        return ""
    if missing := refusal():
        return missing
    database = _Database()
    if not level.has_database:
        return ""
    if database.is_remote and not level.has_network:
        return _OVER_NETWORK
    return next(filter(None, map(_why_not, database.folders)), "")


def _why_not(folder: str) -> str:
    """Why runs may not write there: they could change what the server itself runs or knows."""
    real = os.path.realpath(folder)
    inner = {os.path.realpath(each) for each in (*sandbox.interpreter(), *_hidden())}
    outer = {*sandbox.code_folders(), *(os.path.realpath(each) for each in _hidden())}
    if real == os.path.realpath(conf().home / "db"):
        outer = set()
    holds = real in inner or any(_holds(real, each) for each in inner)
    if holds or any(_holds(each, real) for each in outer) or not sandbox.can_be_inside(real):
        return _AMONG_CODE.format(folder=folder)
    found = sandbox.environment_files(real)
    return _AMONG_SECRETS.format(file=found[0]) if found else ""


def _holds(outer: str, inner: str) -> bool:
    return Path(outer) in Path(inner).parents


def _identity(places: tuple[str, ...]) -> Identity:
    """Somebody else than root, where they can read these."""
    chosen = identity()
    is_root = chosen.uid is None or bool(sandbox.missing(chosen, places))
    return Identity() if is_root else chosen


def _hidden() -> tuple[str, ...]:
    root = conf().jobs_root
    return tuple(str(each) for each in (conf().home, root) if each)


class _Database:
    """What a process needs to reach the databases of the settings."""

    def __init__(self) -> None:
        self.files: list[str] = []
        self.folders: list[str] = []
        self.sockets: list[str] = []
        self.is_remote = False
        for alias in connections:
            self._add(alias)

    def _add(self, alias: str) -> None:
        given = connections[alias].settings_dict
        host = str(given.get("HOST") or "")
        if connections[alias].vendor == "sqlite":
            self._add_file(str(given["NAME"]))
        elif host.startswith("/"):
            self.sockets.append(host)
        elif not host and connections[alias].vendor == "postgresql":
            self.sockets += [each for each in SOCKET_FOLDERS if os.path.isdir(each)]
        else:
            self.is_remote = True

    def _add_file(self, name: str) -> None:
        """Its folder, where SQLite makes more files; one in memory has none."""
        if name.startswith("file:"):
            name = "" if "mode=memory" in name else unquote(urlsplit(name).path)
        if name and not name.startswith(":memory:"):
            self.files.append(os.path.abspath(name))
            self.folders.append(os.path.dirname(self.files[-1]))
