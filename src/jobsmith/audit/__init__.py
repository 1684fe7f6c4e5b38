"""The audit trail: changes noted in their own transaction, and sealed afterwards."""

from .cascades import cascades
from .seal import BATCH, Verdict, is_sealed_as, seal, verify
from .snapshot import snapshot
from .trail import note_change
from .watching import Watcher

__all__ = [
    "BATCH",
    "Verdict",
    "Watcher",
    "cascades",
    "is_sealed_as",
    "note_change",
    "seal",
    "snapshot",
    "verify",
]
