"""Takes what is secret in the settings out of a process that is to read job code.

The code has the rights of its user all the same: only a sandbox keeps files away from it.
"""

import secrets
import sys
from typing import Any

from django.conf import settings

from jobsmith.conf import conf
from jobsmith.processes.environment import holds_a_password, names_a_secret

_OURS = ("SECRET_KEYS", "BROKER_URL")


def forget() -> None:
    """Forget keys and passwords, also in the modules that the settings came from."""
    changed = {
        name: _harmless(name, getattr(settings, name)) for name in dir(settings) if name.isupper()
    }
    for name, value in changed.items():
        if value is not getattr(settings, name):
            setattr(settings, name, value)
    conf.cache_clear()
    for module in list(sys.modules.values()):
        known = vars(module) if "SECRET_KEY" in getattr(module, "__dict__", ()) else {}
        for name in changed.keys() & known.keys():
            setattr(module, name, changed[name])


def _harmless(name: str, value: Any) -> Any:
    if name == "SECRET_KEY":
        return secrets.token_urlsafe(48)
    if name == "SECRET_KEY_FALLBACKS":
        return []
    if name == "JOBSMITH":
        return {key: each for key, each in value.items() if key not in _OURS}
    if isinstance(value, str) and (names_a_secret(name) or holds_a_password(value)):
        return ""
    return value
