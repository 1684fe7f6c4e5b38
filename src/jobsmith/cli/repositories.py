"""``jobsmith repositories``: Git repositories that jobs come from."""

import json
from collections.abc import Callable
from typing import Any, TypeVar

import click

from jobsmith import policies
from jobsmith.actions.save_repository import (
    PROVIDED,
    create_repository,
    delete_repository,
    update_repository,
)
from jobsmith.actions.sync_repository import sync_repository
from jobsmith.isolation import Isolation
from jobsmith.models import GitRepository
from jobsmith.models.git_repository import JOBS

from .finding import find_repository, find_tag
from .people import acting_user, user_option
from .printing import printable
from .repositories_told import SHOWN, told, told_whole
from .run import following_options, see_through
from .showing import console, table

Command = TypeVar("Command", bound=Callable[..., Any])
FROM_FILE = "; - reads stdin, an empty file forgets it."


@click.group()
def repositories() -> None:
    """List, show, make, edit, sync and delete Git repositories."""


@repositories.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@user_option
def list_repositories(as_json: bool, username: str) -> None:
    """List repositories, by name."""
    user = acting_user(username)
    policies.require(user, "view", GitRepository)
    rows = policies.viewable(GitRepository, user).select_related("owner").order_by("name")
    found = [told(each) for each in rows]
    if as_json:
        click.echo(json.dumps(found))
        return
    lines = [[each[key] or "" for key in SHOWN] for each in found]
    columns = ("Name", "Package", "Branch", "Commit", "Isolation", "Asked last", "Failure")
    console().print(table(*columns, rows=lines))


@repositories.command("show")
@click.argument("repository")
@user_option
def show(repository: str, username: str) -> None:
    """Print REPOSITORY (a name, a package or an id) with its jobs and problems, as JSON."""
    user = acting_user(username)
    found = find_repository(repository, user=user, right="view")
    click.echo(printable(json.dumps(told_whole(found, user), indent=2, ensure_ascii=False)))


def fields(command: Command) -> Command:
    """What can be said of a repository when it is added and when it is edited."""
    options = (
        click.option("--branch", help="A branch, a tag or a commit."),
        click.option("--subfolder", help="Where the package lies in it; empty is its top."),
        click.option("--username", "login", help="For servers that want one beside the token."),
        click.option("--token-file", help=f"Holds a token{FROM_FILE}"),
        click.option("--private-key-file", help=f"Holds a key{FROM_FILE}"),
        click.option("--webhook-secret-file", help=f"Holds it{FROM_FILE}"),
        click.option("--host-key", help="Fingerprint of the SSH server; empty pins anew."),
        click.option("--poll-seconds", type=int, help="How often it is asked; 0 is never."),
        click.option("--isolation", type=click.Choice([each.value for each in Isolation])),
        click.option(
            "--provided-contents", multiple=True, type=click.Choice(PROVIDED), help="What to read."
        ),
        click.option("--tag", "tags", multiple=True, help="Name of a tag; these are all it has."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@repositories.command("add")
@click.argument("name")
@click.argument("remote_url")
@click.option("--slug", default="", help="Name of the package; made of the name where left out.")
@fields
@user_option
def add(name: str, remote_url: str, slug: str, **said: Any) -> None:
    """Add the repository at REMOTE_URL, to be called NAME; prints its id. It is not fetched yet."""
    user = acting_user(said.pop("username"))
    policies.require(user, "add", GitRepository)
    given = {"name": name, "remote_url": remote_url, "slug": slug, "provided_contents": [JOBS]}
    made = create_repository(user=user, values=given | _values(said, user))
    click.echo(str(made.pk))


@repositories.command("edit")
@click.argument("repository")
@click.option("--name")
@click.option("--remote-url", help="Another address forgets token and keys.")
@fields
@user_option
def edit(repository: str, **said: Any) -> None:
    """Change REPOSITORY; what is not named stays. From then on it syncs in your name."""
    user = acting_user(said.pop("username"))
    found = find_repository(repository, user=user, right="change")
    values = _values(said, user)
    if not values:
        raise click.UsageError("Say what to change.")
    update_repository(found, user=user, values=values)


@repositories.command("sync")
@click.argument("repository")
@click.option("--dry-run", is_flag=True, help="Only tell what would be done.")
@following_options
@user_option
def sync(repository: str, dry_run: bool, wait: bool, as_json: bool, username: str) -> None:
    """Fetch REPOSITORY in a run of its own and follow that, as `jobsmith sync` does."""
    user = acting_user(username)
    found = find_repository(repository, user=user, right="change")
    result = sync_repository(found, user=user, dry_run=dry_run, door="cli")
    see_through(result, user=user, wait=wait, as_json=as_json)


@repositories.command("delete")
@click.argument("repository")
@user_option
def delete(repository: str, username: str) -> None:
    """Delete REPOSITORY; its jobs are no longer installed, and their history stays."""
    user = acting_user(username)
    delete_repository(find_repository(repository, user=user, right="delete"), user=user)


def _values(said: dict[str, Any], user: Any) -> dict[str, Any]:
    """What was said, by the names of the record; secrets are read from their files."""
    given = {name: value for name, value in said.items() if value not in (None, ())}
    values = {_NAMES.get(name, name): value for name, value in given.items()}
    for name in _SECRETS & values.keys():
        values[name] = _read(values[name], name)
    if "provided_contents" in values:
        values["provided_contents"] = list(values["provided_contents"])
    if "tags" in values:
        values["tags"] = [find_tag(each, user=user) for each in values["tags"]]
    return values


_SECRETS = {"token", "private_key", "webhook_secret"}
_NAMES = {"login": "username", **{f"{each}_file": each for each in _SECRETS}}


def _read(path: str, name: str) -> str:
    """A secret from its file, without the line end that editors add."""
    hint = f"--{name.replace('_', '-')}-file"
    try:
        with click.open_file(path, encoding="utf-8") as file:
            text = str(file.read(MOST_CHARS + 1))
    except (OSError, ValueError) as error:
        raise click.BadParameter(f"{path} cannot be read: {error}.", param_hint=hint) from error
    if len(text) > MOST_CHARS:
        said = f"{path} holds more than {MOST_CHARS:,} letters."
        raise click.BadParameter(said, param_hint=hint)
    return text if name == "private_key" else text.rstrip("\r\n")


MOST_CHARS = 16_384
