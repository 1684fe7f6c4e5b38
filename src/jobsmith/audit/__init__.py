"""The audit trail: changes noted in their own transaction, and sealed afterwards."""

from .bulk import record_changes, record_created
from .cascades import cascades
from .commits import listen, silence
from .seal import BATCH, Verdict, is_sealed_as, seal, verify
from .snapshot import snapshot
from .tracking import follow_setting, leave_to_the_run
from .trail import note_change
from .watching import Watcher

__all__ = [
    "BATCH",
    "Verdict",
    "Watcher",
    "cascades",
    "follow_setting",
    "is_sealed_as",
    "leave_to_the_run",
    "listen",
    "note_change",
    "record_changes",
    "record_created",
    "seal",
    "silence",
    "snapshot",
    "verify",
]
