"""The ``jobsmith`` command of the standalone server."""

import os

from jobsmith.cli.main import main as command


def main() -> None:
    """Run the command with the server's settings, unless the caller named others."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jobsmith_server.settings.base")
    command(prog_name="jobsmith")


if __name__ == "__main__":
    main()
