"""Notes changes of the host's own records in every process, as far as ``TRACKED_MODELS`` says.

Our own records are left out: the verbs that change them note that themselves.
"""

from functools import cache

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connections, router
from django.db.models import Model

from jobsmith.conf import conf
from jobsmith.models import ObjectChange

from .watching import OTHERS, Watcher

ALL = "all"
NOTED_BY_VERBS = frozenset({"jobsmith", "contenttypes", "sessions", "admin", "auth"})
"""Apps whose records are ours to note, or are none of anybody's decisions."""

_ready: set[str] = set()


def is_tracked(model: type[Model]) -> bool:
    """Whether changes of such rows are noted wherever they are made."""
    return _is_wanted(model, conf().tracked_models) and _is_set_up()


@cache
def _is_wanted(model: type[Model], wanted: tuple[str, ...]) -> bool:
    options = model._meta
    if not wanted or options.apps is not apps or model is get_user_model():
        return False  # migrations have pictures of models, and one of their own
    if options.app_label in NOTED_BY_VERBS or options.label_lower in OTHERS:
        return False
    names = {each.lower() for each in wanted}
    return bool(names & {ALL, options.app_label.lower(), options.label_lower})


def _is_set_up() -> bool:
    """The first ``migrate`` of a host may save its records before our tables are there."""
    using = router.db_for_write(ObjectChange)
    if using not in _ready:
        names = connections[using].introspection.table_names()
        if ObjectChange._meta.db_table not in names:
            return False
        _ready.add(using)
    return True


_tracker = Watcher(watches=is_tracked)
_state = {"started": False}


def follow_setting() -> None:
    """Watch the models that the setting names; calling it again follows a setting that changed."""
    if not conf().tracked_models:
        return
    _tracker.watches = is_tracked
    if not _state["started"]:
        _state["started"] = True
        _tracker.start(_wanted_now)
    else:
        _tracker.hear_deletions(_wanted_now)


def _wanted_now(model: type[Model]) -> bool:
    return _is_wanted(model, conf().tracked_models)


def leave_to_the_run() -> None:
    """Note nothing more in this process: a run's own watcher does."""
    _tracker.watches = lambda _: False
