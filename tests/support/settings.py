"""Settings for tests: the server's, on a throw-away home folder."""

import atexit
import os
import shutil
import tempfile


def _remove(folder: str, maker: int) -> None:
    if os.getpid() == maker:  # and not one of its forks
        shutil.rmtree(folder, ignore_errors=True)


if "JOBSMITH_HOME" not in os.environ:  # processes of a test find that of the test
    os.environ["JOBSMITH_HOME"] = tempfile.mkdtemp(prefix="jobsmith-test-")
    atexit.register(_remove, os.environ["JOBSMITH_HOME"], os.getpid())
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
# Git servers of tests listen here.
JOBSMITH["GIT_ALLOWED_NETWORKS"] = ("127.0.0.0/8",)
