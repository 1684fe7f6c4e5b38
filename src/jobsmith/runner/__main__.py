"""``python -m jobsmith.runner``: a fork server (``server``) or one run's process (``child``).

Nothing here may import records before Django is set up, so the rest is imported by name.
"""

import json
import os
import socket
import sys
from importlib import import_module

import django

from jobsmith.processes.confine import Limits, plain_signals
from jobsmith.processes.fork_server import ForkServer
from jobsmith.sources.no_database import withhold


def main() -> None:
    """Do what the first word says; the parent has put the rest of the line together."""
    role, *words = sys.argv[1:]
    sys.path[:] = json.loads(os.environ.pop("JOBSMITH_SYS_PATH", "null")) or sys.path
    withhold()
    if role == "child":
        _child(*words)
    else:
        _server(*words)


def _server(descriptor: str, limits: str, method: str) -> None:
    control = socket.socket(fileno=int(descriptor))
    control.set_inheritable(False)
    bounds = Limits.from_json(json.loads(limits))
    if method == "fork":
        django.setup()
        import_module("jobsmith.runner.zygote").serve(control, bounds, method)
    else:
        ForkServer(control=control, limits=bounds, child_main=None).serve()


def _child(limits: str, parent: str) -> None:
    plain_signals()
    django.setup()
    enter = import_module("jobsmith.runner.child").enter_afresh
    enter(Limits.from_json(json.loads(limits)), int(parent))


if __name__ == "__main__":
    main()
