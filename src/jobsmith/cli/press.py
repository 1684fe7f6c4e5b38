"""``jobsmith press``: a job button, without the page that it stands on."""

import click

from jobsmith.actions.press_button import press_button
from jobsmith.filters.labels import our_name

from .finding import find_button
from .people import acting_user, user_option
from .run import following_options, see_through


@click.command()
@click.argument("button")
@click.argument("record")
@following_options
@user_option
def press(button: str, record: str, wait: bool, as_json: bool, username: str) -> None:
    """Press BUTTON (a name or an id) for RECORD, and follow the run.

    RECORD is the kind and the key: inventory.device:2f0c…. Exit codes are those of run.
    """
    user = acting_user(username)
    found = find_button(button, user=user)
    kind, colon, key = record.partition(":")
    if not colon:
        raise click.BadParameter("Write app.model:key, such as inventory.device:12.")
    model = our_name(kind.lower())
    made = press_button(found, user=user, model=model, key=key, door="cli")
    see_through(made, user=user, wait=wait, as_json=as_json)
