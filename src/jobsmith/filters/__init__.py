"""Which rows a list shows: the same filters, by the same names, at every door."""

from .apply import FiltersRefused, narrowed, searched, sorted_by
from .tables import FilterTable

__all__ = ["FilterTable", "FiltersRefused", "narrowed", "searched", "sorted_by"]
