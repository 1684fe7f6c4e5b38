"""The same inspection from within the process of a run.

It has Django and no secrets in its environment, so it cannot start a program that loads the
settings anew; it forks instead, once for all files, as the program does.
"""

import os
from pathlib import Path

from django.db import connections

from jobsmith.processes import linux

from .base import SourceRef
from .inspect import Inspection, inspect, judge, request_of
from .inspect_child import Request, inspect_all
from .overlay import provided
from .sandboxes import is_read_apart, level_of


def inspect_here(ref: SourceRef, root: Path) -> Inspection:
    """The jobs and problems of the files below ``root``. Call it in the process of a run only.

    Code that may not have the database is read by the program after all: it needs no secrets then.
    """
    if level_of(ref.key).is_sandboxed or is_read_apart(ref.key):
        return inspect(ref, root)
    with provided(root) as packages:
        connections.close_all()  # a fork must not share them
        answer = inspect_all(Request(**request_of(ref, root, packages)))
        linux.kill_below({os.getpid()})
    return judge(ref, root, answer, packages)
