"""A pytest plugin: tests of job code may import the peer's names.

Switch it on by ``-p jobsmith.testing.plugin``, or by ``pytest_plugins`` in the top ``conftest.py``.
"""

from jobsmith import compat

NAMES = {
    "nautobot.apps.testing": "jobsmith.testing.peer",
    "nautobot.core.testing": "jobsmith.testing.peer",
}


def pytest_configure() -> None:
    """From here on, until the tests have ended."""
    compat.switch_on(NAMES)


def pytest_unconfigure() -> None:
    """The tests have ended."""
    compat.switch_off()
