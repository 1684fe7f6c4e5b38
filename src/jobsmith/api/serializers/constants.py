"""Keys that clients expect and that never hold anything here."""

from typing import Any

from rest_framework import serializers


class Always(serializers.JSONField):
    """A key with the same value in every record: null, ``{}`` or ``[]``."""

    def __init__(self, value: Any, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)
        self.value = value

    def get_attribute(self, instance: object) -> Any:
        """The constant."""
        return self.value


def notes_url(url: str) -> str:
    """The address of a record's notes."""
    return f"{url}notes/"
