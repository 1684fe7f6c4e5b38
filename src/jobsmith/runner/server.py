"""Starting the fork server of a worker, as the right user and with the limits in force."""

import os
from dataclasses import replace

from django.conf import ENVIRONMENT_VARIABLE
from django.db import connections

from jobsmith.conf import conf
from jobsmith.processes import linux
from jobsmith.processes.confine import Limits
from jobsmith.processes.launcher import Launcher
from jobsmith.processes.sandbox import Sandbox

from . import zygote


def limits() -> Limits:
    """What every run may take."""
    return Limits(
        memory_bytes=conf().memory_limit,
        processes=conf().process_limit,
        control_groups=conf().control_groups,
    )


def start_server(
    worker_id: str, start_method: str, bounds: Limits, sandbox: Sandbox | None = None
) -> Launcher:
    """A fork server: forked from this process while that is safe, as a fresh program otherwise.

    One in a sandbox is on its way when this returns; it has its user from the sandbox.
    """
    if sandbox:
        bounds = replace(bounds, uid=0, gid=0, control_groups=False)
    elif start_method == "fork" and _is_pristine():
        return Launcher.by_fork(zygote.serve, bounds, start_method, worker=worker_id)
    return Launcher.by_exec(
        bounds,
        start_method,
        settings=os.environ[ENVIRONMENT_VARIABLE],  # `override_settings` hides it in a test
        worker=worker_id,
        sandbox=sandbox,
    )


def _is_pristine() -> bool:
    """Whether nothing stands in the way of a fork: one thread and no open database."""
    closed = all(connection.connection is None for connection in connections.all(True))
    return closed and linux.thread_count() == 1 and len(linux.open_sockets() - {0, 1, 2}) == 0
