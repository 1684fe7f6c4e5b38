"""System checks: what is wrong with the settings, before it hurts."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured

from jobsmith.conf import START_METHODS, conf
from jobsmith.engines import ENGINES
from jobsmith.processes import frames

SQLITE = "django.db.backends.sqlite3"
SQLITE_HINT = (
    'Set DATABASES[...]["OPTIONS"] = {"transaction_mode": "IMMEDIATE", "timeout": 5, '
    '"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"}.'
)


MAX_RESULT_BYTES = frames.MAX_MESSAGE - 1024**2
"""A result travels in one message with its traceback."""


@register("jobsmith")
def check_settings(**_: Any) -> list[CheckMessage]:
    """Keys and values of ``settings.JOBSMITH`` that cannot work."""
    try:
        given = conf()
    except (ImproperlyConfigured, TypeError) as error:
        return [Error(str(error), "See the reference of the settings.", id="jobsmith.E001")]
    return [
        *_one_of("ENGINE", given.engine, sorted(ENGINES), "jobsmith.E002"),
        *_one_of("START_METHOD", given.start_method, START_METHODS, "jobsmith.E003"),
        *_result_bytes(given.max_result_bytes),
        *_patterns(given.sanitizer_patterns),
        *_jobs_root(given.jobs_root),
        *_networks("GIT_ALLOWED_NETWORKS", given.git_allowed_networks),
        *_networks("NOTIFY_ALLOWED_NETWORKS", given.notify_allowed_networks),
    ]


def _one_of(key: str, value: str, known: Sequence[str], code: str) -> Iterator[CheckMessage]:
    if value not in known:
        hint = f'Set JOBSMITH["{key}"] to one of: {", ".join(known)}.'
        yield Error(f"{key} is {value!r}, which is unknown.", hint, id=code)


def _result_bytes(value: int) -> Iterator[CheckMessage]:
    if not 0 < value <= MAX_RESULT_BYTES:
        hint = "Results are for summaries: let the job make a file of what is larger."
        sentence = f"MAX_RESULT_BYTES is {value}; it must lie between 1 and {MAX_RESULT_BYTES}."
        yield Error(sentence, hint, id="jobsmith.E004")


def _networks(key: str, given: Iterable[Any]) -> Iterator[CheckMessage]:
    for each in given:
        try:
            ip_network(each)
        except ValueError as error:
            sentence = f"{key} names no network: {error}."
            yield Error(sentence, 'Write networks like "127.0.0.0/8".', id="jobsmith.E006")


def _patterns(pairs: Iterable[Any]) -> Iterator[CheckMessage]:
    for pair in pairs:
        try:
            pattern, replacement = pair
            re.compile(pattern).sub(replacement, "")
        except (re.error, TypeError, ValueError, IndexError) as error:
            hint = "Give pairs of a regular expression and its replacement, as for re.sub()."
            sentence = f"SANITIZER_PATTERNS holds {pair!r}, which cannot be used: {error}."
            yield Error(sentence, hint, id="jobsmith.E005")


def _jobs_root(root: Path | None) -> Iterator[CheckMessage]:
    if root is not None and not os.access(root, os.R_OK | os.X_OK):
        hint = 'Make the folder, or change JOBSMITH["JOBS_ROOT"].'
        yield Warning(f"{root} is not a folder that can be read.", hint, id="jobsmith.W001")


@register(Tags.database)
def check_sqlite(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """SQLite's defaults fail as soon as a job and a page write at the same time."""
    return [
        Warning(
            f"The SQLite database {alias!r} has no {', '.join(missing)}: "
            "runs and pages that write at the same time will fail.",
            SQLITE_HINT,
            id="jobsmith.W002",
        )
        for alias in databases or ()
        if (missing := _missing(dict(settings.DATABASES[alias])))
    ]


def _missing(database: Mapping[str, Any]) -> list[str]:
    """What a SQLite database lacks."""
    if database["ENGINE"] != SQLITE:
        return []
    options = database.get("OPTIONS", {})
    wal = "journal_mode=wal" in str(options.get("init_command", "")).replace(" ", "").lower()
    wanted = {
        "transaction_mode IMMEDIATE": options.get("transaction_mode") == "IMMEDIATE",
        "timeout": "timeout" in options,
        "journal_mode WAL": wal,
    }
    return [name for name, is_set in wanted.items() if not is_set]


@register()
def check_apps(**_: Any) -> list[CheckMessage]:
    """The pages' script is served by an app of its own."""
    if not apps.is_installed("jobsmith.web") or apps.is_installed("django_htmx"):
        return []
    hint = 'Add "django_htmx" to INSTALLED_APPS.'
    return [Warning("The pages miss their script.", hint, id="jobsmith.W003")]
