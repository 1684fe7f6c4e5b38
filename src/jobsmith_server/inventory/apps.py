"""The example app."""

from django.apps import AppConfig


class InventoryConfig(AppConfig):
    """Sites and devices for the example jobs; any app of a host project looks like this."""

    name = "jobsmith_server.inventory"
    label = "inventory"
    verbose_name = "Inventory"
    default_auto_field = "django.db.models.BigAutoField"
