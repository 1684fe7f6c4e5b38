"""Settings for tests: the server's, on a throw-away home folder."""

import os
import tempfile

HOME_FOR_TESTS = os.environ.setdefault("JOBSMITH_HOME", tempfile.mkdtemp(prefix="jobsmith-test-"))
os.environ.setdefault("JOBSMITH_SECRET_KEY", "only-for-tests-" + "x" * 40)

from jobsmith_server.settings.base import *  # noqa: E402, F403
from jobsmith_server.settings.base import DATABASES, HOME, JOBSMITH  # noqa: E402

# Worker processes must see the same database as the test, so SQLite tests use a file.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    (HOME / "db").mkdir(parents=True, exist_ok=True)
    DATABASES["default"]["TEST"] = {"NAME": str(HOME / "db" / "test.sqlite3")}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Making the test database must not read the sources of jobs; tests that want it say so.
JOBSMITH["SYNC_ON_MIGRATE"] = False
