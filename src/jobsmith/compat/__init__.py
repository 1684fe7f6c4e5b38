"""Import names of the peer whose jobs run here unchanged, for processes that load job code only.

`switch_on` puts a finder at the end of the import path: where the real packages are installed they
are found first, and nothing here is used.
"""

from .finder import is_here, switch_off, switch_on
from .missing import MissingHere

__all__ = ["MissingHere", "is_here", "switch_off", "switch_on"]
