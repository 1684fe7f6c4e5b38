"""A scheduler that only polls Git repositories, until there is nothing to ask for a while."""

import time

import django

QUIET = 20
"""Turns without anything to ask after which it ends."""


def main() -> None:
    """Poll."""
    django.setup()
    from jobsmith.actions.poll_repositories import Polls
    from jobsmith.errors import Busy

    polls, quiet = Polls(), 0
    while quiet < QUIET:
        try:
            quiet = 0 if polls.turn() else quiet + 1
        except Busy:
            continue
        time.sleep(0.05)


if __name__ == "__main__":
    main()
