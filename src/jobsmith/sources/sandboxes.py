"""Which level a source has, and the sandbox that its code is loaded in."""

import os
from collections.abc import Collection, Iterable

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
    database = _Database() if level.has_database else None
    if database and database.is_remote and not level.has_network:
        raise SandboxMissing(f"{SandboxMissing().message.rstrip('.')}: {_OVER_NETWORK}")
    read = (*filter(None, folders), *(database.sockets if database else ()))
    write = tuple(database.folders) if database else ()
    return Sandbox(
        level=level.value,
        name=name,
        database=level.has_database,
        network=level.has_network,
        read=read,
        write=write,
        hide=_hidden(),
        variables=conf().sandbox_environment,
        identity=_identity((*read, *write)),
    )


def reading_sandbox(level: Isolation, *, name: str, folders: Iterable[str]) -> Sandbox | None:
    """The same for code that is only read: it needs neither database nor network."""
    return sandbox_for(
        Isolation.UNTRUSTED if level.is_sandboxed else level, name=name, folders=folders
    )


def refusal() -> str:
    """Why there can be no sandbox on this machine; "" when there can."""
    return sandbox.missing(identity()) and sandbox.missing()


def _identity(places: tuple[str, ...]) -> Identity:
    """Somebody else than root, where they can read these; raises SandboxMissing for nobody."""
    if missing := refusal():
        raise SandboxMissing(f"{SandboxMissing().message.rstrip('.')}: {missing}")
    chosen = identity()
    is_root = chosen.uid is None or bool(sandbox.missing(chosen, places))
    return Identity() if is_root else chosen


def _hidden() -> tuple[str, ...]:
    root = conf().jobs_root
    return tuple(str(each) for each in (conf().home, root) if each)


class _Database:
    """What a process needs to reach the databases of the settings."""

    def __init__(self) -> None:
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
        if ":" not in name:
            self.folders.append(os.path.dirname(os.path.abspath(name)))
