"""Processes that change records or fire hooks, and die where it hurts.

``python -m tests.support.hooking save SEED`` commits some transactions, and kills itself by
SIGKILL right after the last COMMIT, before anything else can happen. ``fire SEED`` fires hooks
until nothing waits, and kills itself now and then: when runs are recorded and the changes are not
marked yet, or after the COMMIT and before the engine has its hint.
"""

import os
import random
import signal
import sys
from typing import Any

import django


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(what: str, seed: int) -> None:
    """Do one of the two."""
    django.setup()
    from django.conf import settings

    from jobsmith.audit import follow_setting
    from jobsmith.conf import conf

    settings.JOBSMITH["TRACKED_MODELS"] = ("inventory",)
    conf.cache_clear()
    follow_setting()
    chance = random.Random(seed)
    _die_while_firing(chance, 0.02 if what == "save" else 0.15)
    save(chance, seed) if what == "save" else fire()


def _die_while_firing(chance: random.Random, how_often: float) -> None:
    from jobsmith.actions import fire_hooks

    mark, many = fire_hooks._mark, fire_hooks.enqueue_many

    def die_or_mark(taken: Any) -> None:
        if taken and chance.random() < how_often:
            die()
        mark(taken)

    def enqueue_and_die(*args: Any) -> Any:
        from django.db import transaction

        if chance.random() < how_often:
            transaction.on_commit(die)
        return many(*args)

    fire_hooks._mark, fire_hooks.enqueue_many = die_or_mark, enqueue_and_die


def save(chance: random.Random, seed: int) -> None:
    """Commit, and die at the end."""
    from django.db import transaction

    from jobsmith_server.inventory.models import Site

    for number in range(6):
        with transaction.atomic():
            if number == 5:
                transaction.on_commit(die)
            for each in range(25 if number == 5 else 4):
                site = Site.objects.create(name=f"{seed}-{number}-{each}")
                site.city = "Oslo"
                site.save()


def fire() -> None:
    """Until nothing waits."""
    from jobsmith.actions.fire_hooks import fire_hooks
    from jobsmith.errors import Busy
    from jobsmith.models import ObjectChange

    while ObjectChange.objects.filter(awaits_hooks=True).exists():
        try:
            fire_hooks(5)
        except Busy:
            continue


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
