"""``jobsmith logs``: the log of a run."""

import click

from jobsmith import policies
from jobsmith.models import JobLogEntry

from .finding import find_result
from .following import Following
from .people import acting_user, user_option
from .showing import console, log_line, outcome


@click.command()
@click.argument("run", default="last")
@click.option("--follow", "-f", is_flag=True, help="Go on until the run ends.")
@user_option
def logs(run: str, follow: bool, username: str) -> None:
    """Show the log of RUN (an id, the beginning of one, or last)."""
    user = acting_user(username)
    policies.require(user, "view", JobLogEntry)
    result = find_result(run, user=user)
    following = Following(result, user=user)
    show = console()
    for _turn in following.turns():
        for entry in following.lines():
            show.print(log_line(entry))
        if not follow:
            break
    if result.is_final:
        console(stderr=True).print(outcome(result))
