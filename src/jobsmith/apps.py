"""The Django app."""

from django.apps import AppConfig


class JobsmithConfig(AppConfig):
    """Jobsmith inside a Django project."""

    name = "jobsmith"
    verbose_name = "Jobsmith"
    default_auto_field = "django.db.models.BigAutoField"
