"""``jobsmith token``: keys for programs."""

from datetime import UTC, datetime

import click
from django.utils import timezone

from jobsmith import policies
from jobsmith.actions.tokens import PREFIX, create_token, revoke_token

from .people import acting_user
from .showing import console, table


@click.group()
def token() -> None:
    """Make, list and revoke API tokens."""


@token.command()
@click.argument("username")
@click.option("--description", default="", help="What it is for.")
@click.option("--expires", type=click.DateTime(), help="When it ends, in UTC.")
@click.option("--read-only", is_flag=True, help="It may look, but change nothing.")
def create(username: str, description: str, expires: datetime | None, read_only: bool) -> None:
    """Make a token for USERNAME and print it, this once, to stdout."""
    _row, plain = create_token(
        acting_user(username),
        description=description,
        expires=expires.replace(tzinfo=UTC) if expires else None,
        write_enabled=not read_only,
    )
    click.echo(plain)


@token.command("list")
@click.argument("username", default="")
def list_tokens(username: str) -> None:
    """List the tokens of USERNAME; the secret half is not kept and cannot be shown."""
    rows = policies.tokens(acting_user(username))
    lines = [
        [
            f"{PREFIX}{row.key}",
            row.description,
            "read and write" if row.write_enabled else "read only",
            _when(row.created),
            _when(row.expires) or "never",
            _when(row.last_used) or "never",
        ]
        for row in rows
    ]
    columns = ("Token", "For", "May", "Created", "Expires", "Last used")
    console().print(table(*columns, rows=lines))


@token.command()
@click.argument("username")
@click.argument("key")
def revoke(username: str, key: str) -> None:
    """Revoke the token of USERNAME that begins with KEY (as `list` shows it)."""
    revoke_token(acting_user(username), key.partition(".")[0])
    click.echo("Revoked.")


def _when(value: datetime | None) -> str:
    return f"{timezone.localtime(value):%Y-%m-%d %H:%M}" if value else ""
