"""The fork server of runs: Django and the host's apps loaded, no job code, no database."""

import gc
import socket

from django.db import connections

from jobsmith.conf import conf
from jobsmith.processes import environment, linux
from jobsmith.processes.confine import Limits
from jobsmith.processes.fork_server import ForkServer

from .child import child_main


def serve(control: socket.socket, limits: Limits, method: str) -> None:
    """Serve a supervisor; ``fork`` becomes ``spawn``, saying why, where forking is not safe."""
    note = ""
    if method == "fork":
        conf()
        connections.close_all()
        note = _unsafe(control)
        environment.scrub()
    forks = method == "fork" and not note
    if forks:
        gc.collect()
        gc.freeze()
    ForkServer(
        control=control,
        limits=limits,
        child_main=child_main if forks else None,
        note=note,
    ).serve()


def _unsafe(control: socket.socket) -> str:
    """Why children must not be forked from this process; "" when they may."""
    if linux.thread_count() > 1:
        return "Runs start slowly: an installed app starts a thread when it is loaded."
    inherited = {1, 2}
    if linux.open_sockets() - inherited - {control.fileno()}:
        return "Runs start slowly: an installed app opens a connection when it is loaded."
    return ""
