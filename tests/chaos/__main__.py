"""The full attack: ``python -m tests.chaos``. As root, with PostgreSQL, Redis and RabbitMQ.

Prints a report for each site as JSON, and writes all of them to ``--out``. The seed is printed
and may be given again; leave the machine alone meanwhile, or judge the times accordingly.
"""

import argparse
import json
import os
import platform
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

from .driver import Report, Size, attack
from .rolling import roll
from .servers import Missing
from .site import KINDS, Site


def main() -> int:
    """Attack; 1 where something was found."""
    given = _options()
    size = Size(
        runs=given.runs, kills=given.kills, pace=given.pace, longest=given.longest, patience=600
    )
    reports = []
    for kind in given.sites:
        try:
            reports.append(_attack(kind, given, size))
        except Missing as missing:
            print(f"NOT TESTED: {kind}: there is no {missing}", flush=True)
            continue
        print(json.dumps(reports[-1], indent=1), flush=True)
        if given.out:
            given.out.write_text(json.dumps(_whole(reports), indent=1) + "\n")
    return int(any(each["faults"] for each in reports))


def _attack(kind: str, given: argparse.Namespace, size: Size) -> dict[str, Any]:
    site = Site(kind, jitter=0.02)
    try:
        site.start()
        if given.rolling:
            return _told(roll(site, given.seed, size, given.rolling))
        return _told(attack(site, given.seed, size, only=given.only))
    finally:
        site.stop()


def _told(report: Report) -> dict[str, Any]:
    return report.as_json() | {
        "faults": {name: found[:20] for name, found in report.faults.items()}
    }


def _whole(reports: list[dict[str, Any]]) -> dict[str, Any]:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return {
        "command": " ".join(["python -m tests.chaos", *sys.argv[1:]]),
        "commit": commit.stdout.strip(),
        "cores": os.cpu_count(),
        "load at the end": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "sites": reports,
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--sites", type=lambda text: text.split(","), default=list(KINDS))
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--pace", type=float, default=0.6, help="seconds between two kills")
    parser.add_argument("--longest", type=float, default=1.0, help="seconds of a run")
    parser.add_argument("--only", help="this kind of kill only, such as 'database restarted'")
    parser.add_argument("--rolling", type=int, default=0, help="rolling restarts instead of kills")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
