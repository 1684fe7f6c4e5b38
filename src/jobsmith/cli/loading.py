"""Load a command with Django around it, and turn refusals into sentences and exit codes."""

from importlib import import_module
from typing import Any

import click
import django
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError
from django.db import OperationalError, ProgrammingError

from jobsmith.errors import (
    InputsRefused,
    JobsmithError,
    NotFound,
    PriorityRefused,
    QueueRefused,
    ScheduleRefused,
)

from .printing import printable

OK, FAILED, BAD_INPUT, REFUSED, WAITS, STOPPED = 0, 1, 2, 3, 4, 130
"""Exit codes: it succeeded, failed, had bad input, was refused, waits for approval, was stopped."""

REFUSALS = (JobsmithError, ImproperlyConfigured, OperationalError, ProgrammingError, CommandError)
"""What `report` has a sentence for; anything else is a fault and shows its traceback."""

BAD = (InputsRefused, NotFound, PriorityRefused, QueueRefused, ScheduleRefused)
"""Refusals of what was typed."""

ONLY_WITH_SERVER = frozenset({"dj_database_url", "uvicorn"})
"""Modules of the extra ``server`` that a command may lack inside a Django project."""


def load(target: str) -> Any:
    """The command at ``module:attribute`` inside this package; CommandError where it cannot be."""
    try:
        return _load(target)
    except ModuleNotFoundError as missing:
        if missing.name not in ONLY_WITH_SERVER:
            raise
        sentence = 'This needs the server. Install it: pip install "jobsmith[server]"'
        raise CommandError(sentence) from missing


def _load(target: str) -> Any:
    if not apps.ready:
        django.setup()
    module, _, attribute = target.partition(":")
    return getattr(import_module(f"jobsmith.cli.{module}"), attribute)


def report(refusal: Exception) -> int:
    """Say the refusal on stderr; return the exit code that scripts may rely on."""
    click.echo(printable(f"jobsmith: {_sentence(refusal)}"), err=True)
    if isinstance(refusal, InputsRefused):
        _report_fields(refusal)
    return _code(refusal)


def _sentence(refusal: Exception) -> str:
    if isinstance(refusal, JobsmithError):
        return refusal.message
    if "no such table" in str(refusal) or "does not exist" in str(refusal):
        return "The database is not set up. Run `jobsmith migrate` first."
    return str(refusal).strip()


def _report_fields(refusal: InputsRefused) -> None:
    for name, sentences in refusal.errors.items():
        label = "" if name == "__all__" else f"{name}: "
        for sentence in sentences:
            if not label and sentence == refusal.message:
                continue  # it has been said
            click.echo(printable(f"  {label}{sentence}"), err=True)


def _code(refusal: Exception) -> int:
    if isinstance(refusal, BAD):
        return BAD_INPUT
    return REFUSED if isinstance(refusal, JobsmithError) else FAILED
