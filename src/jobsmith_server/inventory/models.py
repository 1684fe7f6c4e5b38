"""A small inventory: devices stand at sites."""

from django.db import models
from django.urls import reverse


class Site(models.Model):
    """A place where devices stand."""

    name = models.CharField(max_length=100, unique=True)
    city = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Device(models.Model):
    """A machine at a site."""

    class Role(models.TextChoices):
        """What the device is for."""

        SERVER = "server", "Server"
        SWITCH = "switch", "Switch"
        ROUTER = "router", "Router"
        FIREWALL = "firewall", "Firewall"
        OTHER = "other", "Other"

    site = models.ForeignKey(Site, models.CASCADE, related_name="devices")
    name = models.CharField(max_length=100, unique=True)
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.OTHER)
    address = models.GenericIPAddressField(null=True, blank=True)
    serial = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The device's page."""
        return reverse("inventory:device", args=[self.pk])
