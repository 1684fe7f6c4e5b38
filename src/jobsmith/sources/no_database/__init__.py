"""What stands in the place of the database where code must not reach it. Needs no records."""

from django.conf import settings

from jobsmith.isolation import Isolation
from jobsmith.processes import sandbox


def withhold(*, anyway: bool = False) -> None:
    """In a sandbox without a database, say so to whoever asks for one. Comes before Django.

    ``anyway`` does so without such a sandbox, too.
    """
    if anyway or (sandbox.level() and not Isolation(sandbox.level()).has_database):
        settings.DATABASES = {alias: {"ENGINE": __name__} for alias in settings.DATABASES}
