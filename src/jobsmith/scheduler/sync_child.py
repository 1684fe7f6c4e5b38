"""The program behind `FolderFollower`: reads the folder of jobs again.

Packages change with the server only, so they are left alone.
"""

import os
from importlib import import_module

import django

from jobsmith.context import changing


def main() -> None:
    """Sync."""
    os.dup2(2, 1)  # nobody reads what settings and apps print
    django.setup()
    with changing(door="orm", detail="scheduler"):
        import_module("jobsmith.actions.sync_jobs").sync_folder()


if __name__ == "__main__":
    main()
