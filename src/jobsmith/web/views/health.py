"""Whether this server lives, and whether it can do its work."""

from datetime import timedelta

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponseBase, JsonResponse

from jobsmith import policies
from jobsmith.conf import conf
from jobsmith.models import Worker
from jobsmith.processes.liveness import is_held, lock_path

from ..security import secured

FRESH = timedelta(seconds=10)
_migrated: set[str] = set()


def live(request: HttpRequest) -> HttpResponseBase:
    """This process answers; the database is not asked."""
    return secured(JsonResponse({"status": "ok"}))


def ready(request: HttpRequest) -> HttpResponseBase:
    """200 when database, migrations, a worker and a scheduler are there; else 503 saying which."""
    try:
        checks = {"database": True, "migrations": _is_migrated(), **_beating()}
    except DatabaseError:
        checks = {"database": False}
    good = all(checks.values())
    body = {"status": "ok" if good else "unavailable", "checks": checks}
    return secured(JsonResponse(body, status=200 if good else 503))


def _is_migrated() -> bool:
    """Whether no migration waits; once true it stays true for this process's code."""
    name = str(connection.settings_dict["NAME"])
    if name not in _migrated:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        _migrated.add(name)
    return True


def _beating() -> dict[str, bool]:
    rows = policies.living(within=FRESH).values_list("pk", "kind")
    kinds = {kind for pk, kind in rows if _may_live(pk)}
    return {kind: kind in kinds for kind in (Worker.Kind.WORKER.value, Worker.Kind.SCHEDULER.value)}


def _may_live(worker_id: object) -> bool:
    """A process of this machine lets go of its lock when it dies; of others only beats tell."""
    return is_held(lock_path(conf().home, worker_id)) is not False
