"""The audit trail: changes noted in their own transaction, and sealed afterwards."""

from .seal import Verdict, seal, verify
from .snapshot import snapshot
from .trail import note_change

__all__ = ["Verdict", "note_change", "seal", "snapshot", "verify"]
