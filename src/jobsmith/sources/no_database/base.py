"""A database backend, found by Django under this name, that refuses everything."""

from typing import Any, NoReturn

from django.db.backends.dummy import base

from jobsmith.errors import DatabaseWithheld


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise DatabaseWithheld


class DatabaseOperations(base.DatabaseOperations):
    """Asked before a query is put into words."""

    quote_name = _refuse


class DatabaseWrapper(base.DatabaseWrapper):
    """The connection that there is not."""

    display_name = "none"
    ops_class = DatabaseOperations
    ensure_connection = _refuse
    connect = _refuse
    _cursor = _refuse
