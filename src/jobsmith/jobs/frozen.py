"""Records as jobs of untrusted sources get them: plain data, read by attribute."""

from collections.abc import Mapping
from typing import Any


class FrozenRecord:
    """What a record held when the run began; nothing can be saved, and nothing followed.

    ``pk``, ``display`` and ``model`` (``app.model``) are always there, then the record's own
    columns. A foreign key is there by its column, ``site_id``.
    """

    __slots__ = ("_data",)

    def __init__(self, data: Mapping[str, Any]) -> None:
        object.__setattr__(self, "_data", dict(data))

    def __getattr__(self, name: str) -> Any:
        try:
            return object.__getattribute__(self, "_data")[name]
        except (KeyError, AttributeError):
            sentence = f"{name} is not among the plain data that a job of an untrusted source gets."
            raise AttributeError(sentence) from None

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("Records are frozen for jobs of untrusted sources.")

    def __str__(self) -> str:
        return str(self._data["display"])

    def __repr__(self) -> str:
        return f"<FrozenRecord {self.model}: {self}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FrozenRecord):
            return NotImplemented
        return bool((self.model, self.pk) == (other.model, other.pk))

    def __hash__(self) -> int:
        return hash((self.model, self.pk))
