"""The Django app."""

from importlib import import_module

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import import_string


class JobsmithConfig(AppConfig):
    """Jobsmith inside a Django project."""

    name = "jobsmith"
    verbose_name = "Jobsmith"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Wire checks, job records that follow ``migrate``, and the noting of changes.

        Models exist only from here on.
        """
        import_module("jobsmith.checks")
        follow_migrate = import_string("jobsmith.actions.sync_jobs.follow_migrate")
        post_migrate.connect(follow_migrate, sender=self)
        import_string("jobsmith.audit.follow_setting")()
        import_string("jobsmith.audit.listen")(
            import_string("jobsmith.triggers.hooks.after_commit")
        )
