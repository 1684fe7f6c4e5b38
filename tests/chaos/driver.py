"""Load and kills at once, from one seed, until both are used up; then the verdict."""

import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import psutil

from .crew import SCHEDULERS, WEB, WORKERS
from .oracle import Verdict
from .servers import PostgreSQL
from .site import Site
from .watch import Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is asked for, and how much goes wrong."""

    runs: int
    kills: int
    pace: float = 0.6
    """Seconds between two kills, on the average."""
    longest: float = 1.5
    """Seconds that a run may take."""
    clients: int = 4
    patience: float = 120
    """Seconds that all may take to come to an end once nothing goes wrong any more."""


@dataclass(slots=True)
class Report:
    """What was done, and what came of it."""

    kind: str
    seed: int
    verdict: Verdict
    quiet: bool
    kills: Counter[str] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)
    odd: list[str] = field(default_factory=list)
    """Answers of 500 and above other than 503 with Retry-After."""
    seconds: float = 0.0

    @property
    def faults(self) -> dict[str, Any]:
        """What must not be."""
        found: dict[str, Any] = dict(self.verdict.faults)
        if self.odd:
            found["odd answers"] = self.odd[:5]
        return found

    def as_json(self) -> dict[str, Any]:
        """For people and for files."""
        names = ("lost", "doubled", "overlapped", "stuck", "changed", "torn", "misfired")
        return {
            "site": self.kind,
            "seed": self.seed,
            "accepted": self.verdict.accepted,
            "executions": self.verdict.executions,
            "kills": sum(self.kills.values()),
            "kills by kind": dict(sorted(self.kills.items())),
            **{name: len(getattr(self.verdict, name)) for name in names},
            "worst recovery, s": self.verdict.worst_recovery,
            "ended": self.verdict.ended,
            "answers": {str(code): count for code, count in sorted(self.answers.items())},
            "5xx other than 503": len(self.odd),
            "came to an end": self.quiet,
            "seconds": round(self.seconds, 1),
        }


def attack(site: Site, seed: int, size: Size, only: str | None = None) -> Report:
    """Ask and kill, in one way ``only`` or in all. The seed decides what is killed when; the
    machine decides the rest."""
    print(f"chaos: {site.kind}, seed {seed}", flush=True)
    began = time.monotonic()
    with Watch(site) as watch:
        clients = [
            threading.Thread(target=_ask, args=(site, random.Random(f"{seed}/{each}"), size, each))
            for each in range(size.clients)
        ]
        for each in clients:
            each.start()
        nemesis = Nemesis(site, random.Random(seed), only)
        for _ in range(size.kills):
            nemesis.strike(size.pace)
        nemesis.end()
        for each in clients:
            each.join()
        quiet = site.quiesce(size.patience)
    verdict = site.verdict(changed=watch.changed)
    seconds = time.monotonic() - began
    return Report(
        site.kind, seed, verdict, quiet, nemesis.kills, site.answers, site.odd, seconds=seconds
    )


def _ask(site: Site, chance: random.Random, size: Size, client: int) -> None:
    for number in range(client, size.runs, size.clients):
        site.post(chance.choice((0, 0.1, chance.uniform(0, size.longest))), give_up=300)
        if number % 10 == 0:
            site.ask_host(chance.choice(("once", "change")), 0.1)


class Nemesis:
    """Kills, stops, cuts off and empties."""

    def __init__(self, site: Site, chance: random.Random, only: str | None) -> None:
        self._site, self._chance = site, chance
        self._waking: list[threading.Timer] = []
        self.kills: Counter[str] = Counter()
        self._ways: list[tuple[str, int, Callable[[], bool]]] = [
            ("child killed", 6, self._kill_child),
            ("child stopped", 2, self._stop_child),
            ("worker killed", 5, lambda: self._kill(*WORKERS)),
            ("worker stopped", 3, lambda: self._stop(*WORKERS)),
            ("web killed", 4, lambda: self._kill(WEB)),
            ("scheduler killed", 3, lambda: self._kill(*SCHEDULERS)),
            ("scheduler stopped", 1, lambda: self._stop(*SCHEDULERS)),
        ]
        if isinstance(site.database, PostgreSQL):
            self._ways += [
                ("connections cut", 4, self._cut),
                ("database restarted", 2, self._restart_database),
            ]
        if site.broker is not None:
            self._ways += [
                ("broker emptied", 3, self._flush),
                ("broker killed", 2, self._restart_broker),
            ]
        self._ways = [way for way in self._ways if only in (None, way[0])]

    def strike(self, pace: float) -> None:
        """Wait a moment, and do one of these; where there is nothing to hit, another."""
        time.sleep(self._chance.uniform(0.3, 1.7) * pace)
        names, weights, ways = zip(*self._ways, strict=True)
        for _ in range(100):
            number = self._chance.choices(range(len(names)), weights)[0]
            if ways[number]():
                self.kills[names[number]] += 1
                return
            time.sleep(0.02)

    def end(self) -> None:
        """Everybody goes on."""
        for each in self._waking:
            each.join()

    def _kill(self, *roles: str) -> bool:
        return self._site.send(self._chance.choice(roles), signal.SIGKILL)

    def _stop(self, *roles: str) -> bool:
        role = self._chance.choice(roles)
        with suppress(OSError, ValueError):
            return self._stop_pid(self._site.pid(role), self._chance.uniform(0.5, 6))
        return False

    def _stop_pid(self, pid: int, seconds: float) -> bool:
        if not _send(pid, signal.SIGSTOP):
            return False
        timer = threading.Timer(seconds, _send, (pid, signal.SIGCONT))
        self._waking.append(timer)
        timer.start()
        return True

    def _child(self) -> int:
        """The process of a run."""
        found = []
        for role in WORKERS:
            with suppress(OSError, ValueError, psutil.Error):
                for server in psutil.Process(self._site.pid(role)).children():
                    found += [each.pid for each in server.children()]
        return self._chance.choice(found) if found else 0

    def _kill_child(self) -> bool:
        child = self._child()
        return bool(child) and _send(child, signal.SIGKILL)

    def _stop_child(self) -> bool:
        child = self._child()
        return bool(child) and self._stop_pid(child, self._chance.uniform(0.2, 2))

    def _cut(self) -> bool:
        assert isinstance(self._site.database, PostgreSQL)
        with suppress(Exception):
            return bool(self._site.database.cut(lambda: self._chance.random() < 0.5))
        return False

    def _restart_database(self) -> bool:
        assert isinstance(self._site.database, PostgreSQL)
        self._site.database.shut(self._chance.choice(("immediate", "fast")))
        time.sleep(self._chance.uniform(0, 2))
        self._site.database.start()
        return True

    def _flush(self) -> bool:
        assert self._site.broker is not None
        self._site.broker.flush()
        return True

    def _restart_broker(self) -> bool:
        assert self._site.broker is not None
        self._site.broker.shut()
        time.sleep(self._chance.uniform(0, 2))
        self._site.broker.start()
        return True


def _send(pid: int, number: int) -> bool:
    try:
        psutil.Process(pid).send_signal(number)
    except psutil.Error:
        return False
    return True
