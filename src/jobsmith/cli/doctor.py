"""``jobsmith doctor``: tell what is wrong here, and what to do about it."""

import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass

import click
import django
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from rich.text import Text

from jobsmith import __version__, policies
from jobsmith.channels import has_apprise
from jobsmith.conf import conf
from jobsmith.engines import engine, listening_workers
from jobsmith.models import (
    GitRepository,
    Job,
    JobQueue,
    NotificationDelivery,
    NotificationRule,
    Worker,
)
from jobsmith.sources.base import configured
from jobsmith.sources.sandboxes import GIT, levels_of, trouble_of
from jobsmith.sources.sandboxes import refusal as refusal_of_sandbox

from . import platforms
from .preparing import needs_migration
from .problems import found_problems
from .showing import console, table

GOOD, NOTE, BAD = "ok", "note", "wrong"
STYLES = {GOOD: "green", NOTE: "yellow", BAD: "red"}

WITH_DATABASE = (
    "READ_WITH_DATABASE is on: whoever may push to a repository at the level process can do "
    "all that the server can, before anybody enables a job"
)
WITHOUT_SANDBOX = (
    "Install bubblewrap: without it, code of Git repositories is read by a plain process, "
    "which may open what its user may"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    state: str
    topic: str
    sentence: str


@click.command()
def doctor() -> None:
    """Look at everything a server needs; exit code 1 when something is wrong."""
    found = list(findings())
    rows = [
        [Text(each.state, style=STYLES[each.state]), each.topic, each.sentence] for each in found
    ]
    console().print(table("", "What", "Finding", rows=rows))
    raise SystemExit(int(any(each.state == BAD for each in found)))


def findings() -> Iterator[Finding]:
    """Everything there is to say; what needs the tables is left out where there are none."""
    yield from _versions()
    yield from _home()
    yield from _settings()
    pending = needs_migration()
    yield _database(pending)
    yield from _engine()
    if not pending:
        yield from _queues()
        yield from _processes()
        yield from _jobs()
        yield from _notifications()


def _versions() -> Iterator[Finding]:
    python = platform.python_version()
    words = f"Jobsmith {__version__}, Python {python}, Django {django.get_version()}"
    yield Finding(GOOD, "versions", f"{words}, {platform.system()}")
    for sentence in platforms.warnings():
        yield Finding(NOTE, "platform", sentence)


def _home() -> Iterator[Finding]:
    home = conf().home
    there = next(each for each in (home, *home.parents) if each.exists())
    writable = there.is_dir() and os.access(there, os.W_OK)
    yield Finding(
        GOOD if writable else BAD, "home", f"{home}{'' if writable else ': not writable'}"
    )
    key = home / "secret.key"
    if key.exists() and key.stat().st_mode & 0o077:
        yield Finding(BAD, "secret key", f"Others can read {key}: chmod 600 {key}")


def _settings() -> Iterator[Finding]:
    for message in checks.run_checks(databases=["default"]):
        state = BAD if message.is_serious() else NOTE
        hint = f" {message.hint}" if message.hint else ""
        yield Finding(state, message.id or "check", f"{message.msg}{hint}")
    if not settings.SESSION_COOKIE_SECURE:
        yield Finding(
            NOTE, "HTTPS", "Cookies are sent without HTTPS; set JOBSMITH_HTTPS=1 behind it."
        )


def _database(pending: bool) -> Finding:
    if pending:
        return Finding(
            BAD, "database", f"{connection.vendor}: not migrated; run `jobsmith migrate`"
        )
    return Finding(GOOD, "database", f"{connection.vendor}, up to date")


def _engine() -> Iterator[Finding]:
    try:
        trouble = engine().trouble()
    except ImproperlyConfigured as error:
        trouble = str(error)
    yield Finding(BAD if trouble else GOOD, "engine", trouble or conf().engine)


def _queues() -> Iterator[Finding]:
    """Where runs would wait for ever."""
    served = {name for each in listening_workers() for name in each.queues}
    names = policies.everything(JobQueue).values_list("name", flat=True)
    if idle := ", ".join(sorted(set(names) - served)):
        yield Finding(NOTE, "queues", f"No worker takes runs of {idle}: `jobsmith worker -q NAME`")


def _processes() -> Iterator[Finding]:
    for kind in Worker.Kind:
        alive = list(policies.living().filter(kind=kind))
        names = ", ".join(each.name for each in alive)
        yield Finding(GOOD if alive else BAD, kind.value, names or f"None runs: `jobsmith {kind}`")
        for each in alive:
            if each.note:
                yield Finding(NOTE, each.name, each.note)


def _sources() -> Iterator[Finding]:
    """Sources with their levels; one that asks for a sandbox cannot run without."""
    slugs = policies.everything(GitRepository).values_list("slug", flat=True)
    paths = {each.key: f": {each.path}" for each in configured()}
    levels = levels_of([*paths, *(f"{GIT}{each}" for each in slugs)])
    refusal = refusal_of_sandbox()
    for key, level in levels.items():
        trouble = trouble_of(level)
        why = f" and cannot run: {trouble}" if trouble else ""
        yield Finding(
            BAD if trouble else GOOD, "source", f"{key}{paths.get(key, '')} ({level}){why}"
        )
    yield Finding(NOTE if refusal else GOOD, "sandbox", refusal or "bubblewrap can make one")
    if slugs:
        yield from _reading(refusal)


def _reading(refusal: str) -> Iterator[Finding]:
    """How code of repositories is read that nobody has enabled yet."""
    if conf().read_with_database:
        yield Finding(NOTE, "reading", WITH_DATABASE)
    elif refusal:
        yield Finding(NOTE, "reading", WITHOUT_SANDBOX)


def _notifications() -> Iterator[Finding]:
    """What keeps messages from arriving."""
    rules = policies.everything(NotificationRule).filter(enabled=True)
    channels = set(rules.values_list("channel", flat=True))
    if NotificationRule.Channel.APPRISE in channels and not has_apprise():
        extra = 'The extra "notify" is not installed: pip install "jobsmith[notify]"'
        yield Finding(BAD, "notifications", extra)
    if channels - {NotificationRule.Channel.IN_APP} and not conf().public_url:
        yield Finding(NOTE, "notifications", "Links in messages have no host: set PUBLIC_URL.")
    deliveries = policies.everything(NotificationDelivery)
    if lost := deliveries.filter(state=NotificationDelivery.State.GIVEN_UP).count():
        yield Finding(NOTE, "notifications", f"{lost:,} messages were given up; see their rules.")


def _jobs() -> Iterator[Finding]:
    installed = policies.everything(Job).filter(installed=True)
    enabled = installed.filter(enabled=True).count()
    yield Finding(GOOD, "jobs", f"{installed.count()} installed, {enabled} enabled")
    yield from _sources()
    for problem in found_problems():
        yield Finding(BAD if problem.is_error else NOTE, "source", problem.sentence)
