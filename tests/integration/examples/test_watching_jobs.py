"""The example jobs for a button and a hook."""

from pathlib import Path
from typing import Any

import pytest

from jobsmith_server.examples import examples_folder
from jobsmith_server.inventory.models import Device, Site
from tests.support import real_runs
from tests.support.factories import make_admin


@pytest.mark.django_db(transaction=True)
def test_a_button_checks_its_device(settings: Any) -> None:
    real_runs.serve(settings, Path(str(examples_folder())))
    hall = Site.objects.create(name="Hall")
    device = Device.objects.create(name="sw1", site=hall, address="127.0.0.1")
    result = real_runs.run(
        "inventory_watch.CheckDevice",
        user=make_admin(),
        object_pk=str(device.pk),
        object_model_name="inventory.device",
    )
    assert result.status == "SUCCESS", result.traceback
    assert [row[0] for row in result.result["findings"]["rows"]] == ["serial", "address"]
