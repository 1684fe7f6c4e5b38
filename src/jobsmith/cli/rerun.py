"""``jobsmith rerun``: run again."""

import click

from jobsmith import policies
from jobsmith.actions.rerun_result import Code, rerun_result
from jobsmith.models import Job

from .finding import find_result
from .people import acting_user, user_option
from .run import following_options, see_through


@click.command()
@click.argument("run")
@click.option("--code", default=Code.CURRENT.value, help="current (default), or same as then.")
@following_options
@user_option
def rerun(run: str, code: str, wait: bool, as_json: bool, username: str) -> None:
    """Run RUN (an id or the beginning of one) again with the same inputs, and follow it.

    Exit codes are those of run.
    """
    user = acting_user(username)
    policies.require(user, "run", Job)
    result = rerun_result(find_result(run, user=user), user=user, code=code, door="cli")
    see_through(result, user=user, wait=wait, as_json=as_json)
