"""The app."""

from django.apps import AppConfig


class LibraryConfig(AppConfig):
    """Books for the example plugin."""

    name = "library"
    verbose_name = "Library"
    default_auto_field = "django.db.models.BigAutoField"
