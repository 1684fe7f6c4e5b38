"""Query parameters that choose rows."""

from .apply import WireFilterBackend
from .tables import FilterTable

__all__ = ["FilterTable", "WireFilterBackend"]
