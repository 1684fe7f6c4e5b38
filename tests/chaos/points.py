"""What happens at the failpoints of a site: once, in whichever process comes there first.

A point is armed by a file of its name. Who comes there moves the file away and so is the only
one to act. ``CHAOS_JITTER`` makes every point take a moment now and then, to widen races.
"""

import os
import random
import re
import signal
import time
from pathlib import Path

ACTIONS = ("kill", "exception", "delay")
DELAY_SECONDS = 1.0
ROOT = Path(__file__).parents[2] / "src" / "jobsmith"


def names() -> list[str]:
    """Every point that the source has."""
    found = set()
    for path in ROOT.rglob("*.py"):
        found |= set(re.findall(r'failpoint\(f?"([^"]+)"\)', path.read_text(encoding="utf-8")))
    return sorted(
        each.format(what=what) for each in found for what in ("end", "log")[: 1 + ("{" in each)]
    )


def reached(name: str) -> None:
    """Do what is asked for here, if anything is."""
    jitter = float(os.environ.get("CHAOS_JITTER", "0"))
    if jitter and random.random() < 0.2:
        time.sleep(random.uniform(0, jitter))
    folder = os.environ.get("CHAOS_POINTS")
    if folder and (action := _take(Path(folder), name)):
        act(name, *action.split())


def act(name: str, action: str, seconds: str = str(DELAY_SECONDS)) -> None:
    """Die, let the database fail, take so long, or wait until it is let go."""
    from django.db import OperationalError

    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "exception":
        raise OperationalError(f"server closed the connection unexpectedly (at {name})")
    elif action == "hold":
        _wait_for(Path(os.environ["CHAOS_POINTS"]) / f"{name}.go")
    else:
        time.sleep(float(seconds))


def _wait_for(path: Path) -> None:
    for _ in range(3000):
        if path.exists():
            path.unlink()
            return
        time.sleep(0.02)


def arm(folder: Path, name: str, action: str) -> None:
    """The next process that comes there does it."""
    draft = folder / f".{name}"
    draft.write_text(action)
    draft.rename(folder / f"{name}.armed")


def disarm(folder: Path, name: str) -> None:
    """Nobody came."""
    (folder / f"{name}.armed").unlink(missing_ok=True)


def has_fired(folder: Path, name: str) -> bool:
    """Whether somebody came there since."""
    return not (folder / f"{name}.armed").exists()


def _take(folder: Path, name: str) -> str:
    fired = folder / f"{name}.fired.{os.getpid()}"
    try:
        (folder / f"{name}.armed").rename(fired)
    except OSError:
        return ""
    return fired.read_text()
