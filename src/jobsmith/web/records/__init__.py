"""Lists and forms of plain records: what all kinds have in common."""

from .fields import ColorField, KindsField, LinesField, NetworksField, SaidJSONField, WordsField
from .form import RecordForm
from .pages import RecordPages

__all__ = [
    "ColorField",
    "KindsField",
    "LinesField",
    "NetworksField",
    "RecordForm",
    "RecordPages",
    "SaidJSONField",
    "WordsField",
]
