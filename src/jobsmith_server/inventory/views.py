"""Pages of the inventory, in the frame of Jobsmith's own: a host may have any pages it likes."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from jobsmith import policies
from jobsmith.web.forms import dress
from jobsmith.web.page import page, show

from .models import Device

PLACE = "inventory:devices"


class DeviceForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic when run
    """A device."""

    class Meta:
        model = Device
        fields = ("name", "site", "role", "address", "serial")


@page
def devices(request: HttpRequest) -> HttpResponseBase:
    """All devices in sight."""
    policies.require(request.user, "view", Device)
    rows = policies.viewable(Device, request.user).select_related("site").order_by("name")
    return show(request, "inventory/devices.html", {"devices": rows[:500]}, current=PLACE)


@page
def device(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A device with its job buttons, and a form for who may change it."""
    right = "change" if request.method == "POST" else "view"
    policies.require(request.user, right, Device)
    row = policies.find(policies.scoped(Device, request.user, right), pk=pk)
    form = DeviceForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, f"{row} is saved.", fail_silently=True)
        return redirect("inventory:device", pk=pk)
    may_change = policies.scoped(Device, request.user, "change").filter(pk=pk).exists()
    shown = policies.find(policies.viewable(Device, request.user), pk=pk)
    context = {"device": shown, "form": dress(form), "may_change": may_change}
    status = 400 if form.errors else 200
    return show(request, "inventory/device.html", context, current=PLACE, status=status)
