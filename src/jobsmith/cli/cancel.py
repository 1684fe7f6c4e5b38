"""``jobsmith cancel``: end a run."""

import click

from jobsmith.actions.cancel_result import cancel_result

from .finding import find_result
from .people import acting_user, user_option


@click.command()
@click.argument("run")
@user_option
def cancel(run: str, username: str) -> None:
    """Cancel RUN (an id or the beginning of one): at once if it waits, soon if it runs."""
    user = acting_user(username)
    result = cancel_result(find_result(run, user=user), user=user)
    click.echo(f"{result.pk}: {'cancelled' if result.is_final else 'asked to stop'}")
