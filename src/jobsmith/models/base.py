"""What every record shares."""

import os
import time
import uuid

from django.db import models


def time_ordered_uuid() -> uuid.UUID:
    """A UUID of version 7 (RFC 9562, 5.7): rows written together stay together in the index."""
    millis = time.time_ns() // 1_000_000
    value = millis << 80 | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 2 << 62
    return uuid.UUID(int=value)


class Record(models.Model):
    """A row with a UUID that clients may keep."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True

    def validated_save(self) -> None:
        """Save, unless a value does not fit; raises ValidationError then."""
        self.full_clean()
        self.save()


class ChangeLogged(Record):
    """A record that people edit."""

    created = models.DateTimeField(auto_now_add=True, null=True)
    last_updated = models.DateTimeField(auto_now=True, null=True)

    class Meta:
        abstract = True
