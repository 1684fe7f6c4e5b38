"""The example app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import import_string


class InventoryConfig(AppConfig):
    """Sites and devices for the example jobs; any app of a host project looks like this."""

    name = "jobsmith_server.inventory"
    label = "inventory"
    verbose_name = "Inventory"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """A new server gets a few records."""
        make = import_string("jobsmith_server.inventory.first_records.make_first_records")
        post_migrate.connect(make, sender=self)
