"""What this machine cannot do as well as others, said before it matters."""

import os
import sys
from collections.abc import Iterator


def warnings() -> Iterator[str]:
    """One sentence for each thing an operator should know about running jobs here."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        yield "Running as root. Jobs run as another user where one can be made; better: do not."
    if sys.platform == "darwin":
        yield "macOS: jobs start by spawn and are held by process groups only; Linux can do more."
