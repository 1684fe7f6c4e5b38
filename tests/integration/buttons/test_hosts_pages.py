"""Buttons on pages of a host: the example inventory."""

from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from jobsmith.models import Job, JobButton, JobResult, ObjectChange
from jobsmith_server.inventory.first_records import make_first_records
from jobsmith_server.inventory.models import Device, Site
from tests.support import factories as make

FRESH = [(type("M", (), {"app_label": "inventory", "name": "0001_initial"}), False)]


@pytest.fixture
def device(db: None) -> Device:
    hall = Site.objects.create(name="Hall")
    found = Device.objects.create(name="sw1", site=hall)
    make.make_worker()
    job = make.make_job(make.make_spec("Reboot"), is_job_button_receiver=True)
    button = JobButton.objects.create(name="Reboot", job=job, text="Reboot {{ obj.name }}")
    button.content_types.add(ContentType.objects.get_for_model(Device))
    return found


def browser_of(user: Any) -> Client:
    found = Client()
    found.force_login(user)
    return found


def test_the_page_of_a_device_has_its_buttons(device: Device) -> None:
    browser = browser_of(make.make_admin())
    assert device.get_absolute_url() in browser.get("/inventory/devices/").content.decode()
    answer = browser.get(device.get_absolute_url())
    page = answer.content.decode()
    assert "Reboot sw1" in page
    assert "data-jobsmith-button" in page
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert 'aria-current="page"' in page


def test_a_device_is_edited_and_shown_by_right(device: Device) -> None:
    viewer = make.make_user("viewer")
    address = device.get_absolute_url()
    assert browser_of(viewer).get(address).status_code == 403
    make.grant(viewer, "view", Device, {"name": "sw1"})
    page = browser_of(viewer).get(address).content.decode()
    assert "not change it" in page
    assert "do not have permission" in page  # the reason under the button
    assert browser_of(viewer).post(address, {}).status_code == 403
    assert browser_of(viewer).get("/inventory/devices/99999/").status_code == 404
    boss = browser_of(make.make_admin())
    form = {"name": "sw2", "site": device.site_id, "role": "router"}
    assert boss.post(address, {**form, "name": ""}).status_code == 400
    assert boss.post(address, form).status_code == 302
    device.refresh_from_db()
    assert (device.name, device.role) == ("sw2", "router")


def test_a_new_server_has_a_button_to_press(db: None) -> None:
    make_first_records(plan=FRESH)
    assert not Device.objects.exists()  # without the job there is nothing to press
    spec = make.make_spec("CheckDevice")
    make.make_job(spec, is_job_button_receiver=True)
    make_first_records(plan=[])
    assert not Device.objects.exists()
    for _ in "12":
        make_first_records(plan=FRESH)
    assert Device.objects.count() == 5
    assert JobButton.objects.get().text == "Check {{ obj.name }}"
    assert not ObjectChange.objects.filter(object_label="jobsmith.job").exists()
    assert not JobResult.objects.exists()
    assert Job.objects.count() == 1
