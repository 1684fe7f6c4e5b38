"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users of the standalone server."""

    name = "jobsmith_server.accounts"
    label = "users"
    verbose_name = "Users"
