"""Restart everything in order, as an upgrade does, while runs go on."""

import json
import random
import signal
import threading
import time
from typing import Any

from .crew import SCHEDULERS, WEB, WORKERS
from .driver import Report, Size
from .site import Site
from .watch import Watch


def roll(site: Site, seed: int, size: Size, rounds: int) -> Report:
    """So many rounds in which each process is asked to go and followed by its next; then the
    verdict, by which not one run may have failed."""
    began = time.monotonic()
    with Watch(site) as watch:
        clients = [
            threading.Thread(target=_ask, args=(site, random.Random(f"{seed}/{each}"), size, each))
            for each in range(size.clients)
        ]
        for each in clients:
            each.start()
        report = Report(site.kind, seed, site.verdict(), False)
        for _ in range(rounds):
            for role in (WEB, *WORKERS, *SCHEDULERS):
                site.renew(role, signal.SIGTERM, 120)
                report.kills[f"{role} restarted"] += 1
        for each in clients:
            each.join()
        report.quiet = site.quiesce(size.patience)
    report.verdict = site.verdict(changed=watch.changed, calm=True)
    report.answers, report.odd = site.answers, site.odd
    report.seconds = time.monotonic() - began
    return report


def _ask(site: Site, chance: random.Random, size: Size, client: int) -> None:
    for _ in range(client, size.runs, size.clients):
        site.post(chance.uniform(0, size.longest), give_up=300)


def told(report: Report) -> str:
    """For a test that fails."""
    shown: dict[str, Any] = report.as_json() | {"faults": report.faults}
    return json.dumps(shown, indent=1)
