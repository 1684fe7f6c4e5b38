"""Settings for tests: the server's, on a throw-away home folder."""

import atexit
import os
import shutil
import tempfile


def _remove(folder: str, maker: int) -> None:
    if os.getpid() == maker:  # and not one of its forks
        shutil.rmtree(folder, ignore_errors=True)


HOME_PREFIX = "jobsmith-test-"
if "JOBSMITH_HOME" not in os.environ:  # processes of a test find that of the test
    os.environ["JOBSMITH_HOME"] = tempfile.mkdtemp(prefix=HOME_PREFIX)
    atexit.register(_remove, os.environ["JOBSMITH_HOME"], os.getpid())
side = os.environ.get("PYTEST_XDIST_WORKER")
"""Set where tests run side by side: each side has a home, and a database, of its own."""
if side and os.path.basename(os.environ["JOBSMITH_HOME"]).startswith(HOME_PREFIX):
    os.environ["JOBSMITH_HOME"] = os.path.join(os.environ["JOBSMITH_HOME"], side)
    os.makedirs(os.environ["JOBSMITH_HOME"], exist_ok=True)
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
# Tests that want changes of the inventory noted say so, see `tests.support.tracking`.
JOBSMITH["TRACKED_MODELS"] = ()
# Git servers of tests listen here.
JOBSMITH["GIT_ALLOWED_NETWORKS"] = ("127.0.0.0/8",)
