"""The example jobs, with the inputs that a door would hand them."""

from pathlib import Path
from typing import Any

import pytest

from jobsmith.errors import InputsRefused
from jobsmith.testing import run_job
from jobsmith_server.inventory.models import Device, Site

from .test_example_jobs import job


@pytest.mark.parametrize(
    ("path", "inputs"),
    [
        ("log_analysis.LogAnalysis", {"log": b"2026-01-02 03:04:05 install curl:amd64 <none> 1\n"}),
        ("subnet_planner.SubnetPlanner", {"network": "10.0.0.0/24", "prefix_length": 26}),
        (
            "subnet_planner.SubnetPlanner",
            {"network": "2001:db8::/48", "way": "hosts", "wanted": "lab 9"},
        ),
        ("source_audit.SourceAudit", {}),
        ("rehearsal.Rehearsal", {"steps": 2, "seconds": 0}),
        ("expiry_report.ExpiryReport", {"key": "k" * 16}),
    ],
)
def test_the_defaults_make_a_successful_run(path: str, inputs: dict[str, Any]) -> None:
    run = run_job(job(path), **inputs)
    assert run.status == "SUCCESS", (run.messages, run.traceback)


def test_disk_usage_of_a_folder(tmp_path: Path) -> None:
    assert run_job(job("disk_usage.DiskUsage"), folder=str(tmp_path)).status == "SUCCESS"


@pytest.mark.parametrize(
    ("path", "inputs", "field"),
    [
        ("disk_usage.DiskUsage", {"folder": "/no/such"}, "folder"),
        ("subnet_planner.SubnetPlanner", {"network": "10.0.0.0/24"}, "prefix_length"),
        ("source_audit.SourceAudit", {"place": "python", "tree": "no-such"}, "tree"),
        ("expiry_report.ExpiryReport", {"key": "k" * 16, "items": [{"name": "x"}]}, "items"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(
    path: str, inputs: dict[str, Any], field: str
) -> None:
    with pytest.raises(InputsRefused) as refusal:
        run_job(job(path), **inputs)
    assert field in refusal.value.errors


@pytest.mark.django_db(transaction=True)
def test_devices_go_to_the_usual_site_unless_one_is_named() -> None:
    Site.objects.create(name="Berlin")
    run = run_job(job("inventory_import.ImportDevices"), file=b"name,role\nsw1,switch\n")
    assert run.status == "SUCCESS", (run.messages, run.traceback)
    assert Device.objects.get().site.name == "Berlin"
    with pytest.raises(InputsRefused) as refusal:
        run_job(job("inventory_import.ImportDevices"), file=b"name\n", new_site="Bonn")
    assert "new_site" in refusal.value.errors
    report = run_job(job("inventory_import.InventoryReport"))
    assert "1 switch" in report.result["text"]
