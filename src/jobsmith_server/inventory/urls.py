"""Addresses of the inventory."""

from django.urls import path

from . import views

app_name = "inventory"

urlpatterns = [
    path("devices/", views.devices, name="devices"),
    path("devices/<int:pk>/", views.device, name="device"),
]
