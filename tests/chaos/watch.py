"""Looks at the records all the time: what has ended must not end again."""

import threading
import time
from contextlib import suppress

from .oracle import FINAL
from .site import Site


class Watch:
    """Runs beside a site, from ``with`` to its end."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._known: dict[str, str] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._go_on, daemon=True)
        self.changed: list[str] = []

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.look()

    def look(self) -> None:
        """Once more."""
        for run, row in self._site.rows().items():
            known = self._known.get(run)
            if known is not None and known != row.status:
                self.changed.append(f"{run}: {known}, then {row.status}")
            if known is not None or row.status in FINAL:
                self._known[run] = row.status

    def _go_on(self) -> None:
        pause = 0.2
        while not self._over.wait(pause):
            began = time.monotonic()
            with suppress(Exception):  # a database that is away is looked at later
                self.look()
            pause = max(0.2, 10 * (time.monotonic() - began))
