"""Named points at the writes of a run's life, where a test may let a process die, fail or wait.

Outside tests nobody watches, and a point is one look at a name that is None. What happens at a
point is the test's own code: no setting, variable, request or job leads to it.
"""

from collections.abc import Callable

watcher: Callable[[str], None] | None = None
"""Set by tests in the process that they start; it is told the name of every point on the way."""


def failpoint(name: str) -> None:
    """Here a process may die, its database may fail, or time may pass."""
    if watcher is not None:
        watcher(name)
