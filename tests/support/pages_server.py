"""The real server on a seeded database, without workers; its argument is the port.

With TEST_LONG_LOG the database has nothing but one run with so many lines.
"""

import os
import sys
from pathlib import Path

import django
import uvicorn
from django.core.management import call_command


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "jobsmith_server.settings.base"
    home = Path(os.environ["JOBSMITH_HOME"])
    for each in ("db", "run"):
        (home / each).mkdir(parents=True, exist_ok=True)
    django.setup()
    call_command("migrate", verbosity=0)

    from jobsmith_server.asgi import application  # it needs the apps
    from tests.support.seed import long_log, seed

    lines = int(os.environ.get("TEST_LONG_LOG", 0))
    long_log(lines) if lines else seed()
    uvicorn.run(
        application,
        port=int(sys.argv[1]),
        log_level="warning",
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
