"""Names that exist for the import's sake and refuse to be used."""

from collections.abc import Callable
from typing import Any

from .missing import MissingHere


def refusing(name: str) -> Callable[..., Any]:
    """A function that tells by name what is missing when it is called."""

    def refuse(*args: object, **kwargs: object) -> Any:
        raise MissingHere(name)

    refuse.__name__ = refuse.__qualname__ = name.rpartition(".")[2]
    refuse.__doc__ = f"{name}, which does not exist here."
    return refuse


class Absent:
    """An object of which nothing exists here."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise MissingHere(f"{self._name}.{name}")
