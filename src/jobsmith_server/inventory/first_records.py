"""A few records for a new server that serves the examples, so that there is a button to press."""

from typing import Any

from django.contrib.contenttypes.models import ContentType

from jobsmith.models import Job, JobButton

from .models import Device, Site

FIRST = ("inventory", "0001_initial")
SITES = {"Frankfurt": "Frankfurt am Main", "Oslo": "Oslo"}
DEVICES = (
    ("fra-sw-01", "Frankfurt", "switch", "192.0.2.11", "FOC2210X0PA"),
    ("fra-rt-01", "Frankfurt", "router", "192.0.2.1", ""),
    ("fra-srv-07", "Frankfurt", "server", "192.0.2.77", "CZ2930AB4K"),
    ("osl-sw-01", "Oslo", "switch", None, "FOC2210X0QB"),
    ("osl-fw-01", "Oslo", "firewall", "198.51.100.1", "PA0145789"),
)


def make_first_records(plan: Any = (), **_: Any) -> None:
    """After the first ``migrate``, where the job of the button is there."""
    if FIRST not in {(each.app_label, each.name) for each, backwards in plan if not backwards}:
        return
    job = Job.objects.filter(job_class_name="CheckDevice", is_job_button_receiver=True).first()
    if job is not None and not Device.objects.exists():
        _make_devices()
        _make_button(job)


def _make_devices() -> None:
    sites = {
        name: Site.objects.get_or_create(name=name, defaults={"city": city})[0]
        for name, city in SITES.items()
    }
    for name, site, role, address, serial in DEVICES:
        Device.objects.create(
            name=name, site=sites[site], role=role, address=address, serial=serial
        )


def _make_button(job: Job) -> None:
    button = JobButton.objects.create(
        name="Check a device", job=job, text="Check {{ obj.name }}", button_class="primary"
    )
    button.content_types.add(ContentType.objects.get_for_model(Device))
