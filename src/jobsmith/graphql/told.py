"""What is told of a record that is no column of it."""

from typing import Any

from jobsmith.filters.labels import wire_label, wire_name

from .kind import Read

SEALED = {
    "token": "sealed_token",
    "private_key": "sealed_key",
    "webhook_secret": "sealed_webhook_secret",
}
"""Secrets of a repository, of which only is told whether there are any."""


def flag(name: str) -> Read:
    """Whether a job overrides that field."""
    return lambda job: name in job.overridden


def has(column: str) -> Read:
    """Whether there is something in a column that is never told."""
    return lambda row: bool(getattr(row, column))


def group(row: Any) -> str | None:
    """The group of approvers by its name."""
    return str(row.approver_group) if row.approver_group else None


def kind(name: str) -> Read:
    """A kind of record that a row names."""

    def read(row: Any) -> str | None:
        found = getattr(row, name)
        model = found.model_class() if found else None
        return wire_label(model) if model else None

    return read


def kinds(row: Any) -> list[str]:
    """Kinds of record that a row names, in the clients' spelling."""
    found = row.content_types.all()
    return sorted(wire_name(f"{each.app_label}.{each.model}") for each in found)
