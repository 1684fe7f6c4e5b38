"""The example jobs do their work."""

import importlib
import io
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from jobsmith.jobs.execute import Outcome, execute
from jobsmith_server.examples import examples_folder
from jobsmith_server.inventory.models import Device, Site

ACCESS = '10.0.0.{n} - - [10/Oct/2026:13:55:36 +0000] "GET /page/{n} HTTP/1.1" {status} 2326\n'


class Recorder:
    """Keeps what a job says."""

    def __init__(self, *, cancel_after: int = 10**9) -> None:
        self.result_id, self.user_id, self.job_id = "r", None, None
        self.job_page, self.source_version = "", "unknown"
        self.lines: list[tuple[str, str]] = []
        self.steps: list[float] = []
        self.files: dict[str, bytes] = {}
        self.cancel_after = cancel_after

    @property
    def cancelled(self) -> bool:
        return len(self.steps) > self.cancel_after

    def log(self, *, level: str, message: str, **_: Any) -> None:
        self.lines.append((level, message))

    def progress(self, done: float, total: float | None, text: str) -> None:
        self.steps.append(done)

    def open_file(self, name: str, content_type: str = "") -> Any:
        recorder = self

        class File(io.BytesIO):
            url = f"/files/{name}"

            def close(self) -> None:
                recorder.files[name] = self.getvalue()
                super().close()

        return File()

    def at(self, level: str) -> list[str]:
        return [message for each, message in self.lines if each == level]


def job(path: str) -> Any:
    folder = str(examples_folder())
    module, name = path.split(".")
    sys.path.insert(0, folder)
    try:
        return getattr(importlib.import_module(module), name)
    finally:
        sys.path.remove(folder)


def run(path: str, recorder: Recorder, **inputs: Any) -> Outcome:
    return execute(
        job(path), handle=recorder, inputs=inputs, serialized={}, soft_limit=60, hard_limit=90
    )


def test_disk_usage_adds_up_folders_and_writes_a_file(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "big").write_bytes(b"x" * 3000)
    (tmp_path / "a" / "small").write_bytes(b"x" * 1000)
    recorder = Recorder()
    outcome = run(
        "disk_usage.DiskUsage",
        recorder,
        folder=str(tmp_path),
        top=10,
        smallest_mib=0,
        one_disk=True,
    )
    assert outcome.status == "SUCCESS", outcome
    assert outcome.result["rows"][0] == [str(tmp_path / "a"), "3.9 KiB", 2, "100.0%"]
    assert f"{tmp_path / 'a' / 'b'},3000,1".encode() in recorder.files["disk-usage.csv"]


def test_a_folder_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValidationError):
        job("disk_usage.DiskUsage").validate_data({"folder": "/no/such"})


def analyse(text: str, recorder: Recorder, **changes: Any) -> Outcome:
    inputs = {"kind": "auto", "top": 5, "only": "", "only_errors": False, "warn_lines": 3}
    log = io.BytesIO(text.encode())
    return run("log_analysis.LogAnalysis", recorder, log=log, **(inputs | changes))


def test_an_access_log_of_100_000_lines_is_counted_in_seconds_and_talks_meanwhile() -> None:
    lines = [ACCESS.format(n=n % 50, status=500 if n % 10 == 0 else 200) for n in range(100_000)]
    recorder = Recorder()
    start = time.monotonic()
    outcome = analyse("".join(lines) + "nonsense\n", recorder)
    assert time.monotonic() - start < 20
    assert outcome.status == "SUCCESS", outcome
    assert outcome.result["lines"] == 100_001
    assert outcome.result["bad_lines"] == 1
    assert outcome.result["Status"]["rows"][0] == ["200", 90_000, "90.0%"]
    assert len([line for line in recorder.at("info") if "lines read" in line]) == 10
    assert "Line 100001 cannot be read: nonsense" in recorder.at("warning")
    assert b"Status,500,10000" in recorder.files["log-analysis.csv"]


@pytest.mark.parametrize(
    ("text", "kind", "package"),
    [
        ("2026-01-02 03:04:05 install curl:amd64 <none> 8.5.0\n" * 5, "dpkg", "curl"),
        ("2026-01-02 03:04:05 status unpacked curl:amd64 8.5.0\n" * 5, "dpkg", "curl"),
        ("Start-Date: 2026-01-02  03:04:05\nInstall: curl:amd64 (8.5.0)\n\n", "apt", "curl"),
    ],
)
def test_package_logs_are_recognised(text: str, kind: str, package: str) -> None:
    outcome = analyse(text, Recorder())
    assert outcome.status == "SUCCESS", outcome
    assert (outcome.result["kind"], outcome.result["bad_lines"]) == (kind, 0)
    assert outcome.result["Package"]["rows"][0][0] == package


def test_a_file_that_is_no_log_fails() -> None:
    assert analyse("hello\nworld\n", Recorder()).status == "FAILURE"


PLAN = {"prefix_length": None, "wanted": "", "keep_free": None, "columns": ["network", "hosts"]}


def test_a_network_is_cut_into_equal_subnets() -> None:
    inputs = PLAN | {"network": "10.0.0.0/24", "way": "equal", "prefix_length": 26}
    outcome = run("subnet_planner.SubnetPlanner", Recorder(), **inputs)
    assert [row[1] for row in outcome.result["rows"]] == [
        "10.0.0.0/26", "10.0.0.64/26", "10.0.0.128/26", "10.0.0.192/26",
    ]  # fmt: skip


def test_subnets_by_hosts_never_overlap_and_a_lack_of_room_fails() -> None:
    wanted = "office 100\nlink 2\nlab 60\nhall 20"
    inputs = PLAN | {"network": "10.0.0.0/24", "way": "hosts", "wanted": wanted}
    outcome = run("subnet_planner.SubnetPlanner", Recorder(), **inputs)
    assert outcome.status == "SUCCESS"
    assert [row[:2] for row in outcome.result["rows"]] == [
        ["office", "10.0.0.0/25"],
        ["lab", "10.0.0.128/26"],
        ["hall", "10.0.0.192/27"],
        ["link", "10.0.0.224/31"],
    ]
    too_much = run("subnet_planner.SubnetPlanner", Recorder(), **(inputs | {"wanted": "x 300"}))
    assert too_much.status == "FAILURE"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"network": "10.0.0.0/24", "way": "equal", "prefix_length": 24}, "prefix_length"),
        ({"network": "10.0.0.0/8", "way": "equal", "prefix_length": 30}, "prefix_length"),
        ({"network": "10.0.0.0/24", "way": "hosts", "wanted": "office many"}, "wanted"),
    ],
)
def test_a_plan_that_cannot_be_made_is_refused(data: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        job("subnet_planner.SubnetPlanner").validate_data(data)
    assert field in refusal.value.message_dict


def test_the_audit_finds_what_is_asked_for_and_its_trees_depend_on_the_place() -> None:
    audit = job("source_audit.SourceAudit")
    choices = audit.variables()["tree"].choices({"place": "python"})
    assert ("json", "json") in choices
    outcome = run(
        "source_audit.SourceAudit", Recorder(),
        place="python", tree="json", checks=["long"], longest=60, top=2,
    )  # fmt: skip
    assert outcome.status == "SUCCESS", outcome
    assert outcome.result["languages"]["rows"][0][0] == "Python"
    assert len(outcome.result["biggest"]["rows"]) == 2
    assert outcome.result["findings"]["rows"]


def import_devices(text: str, recorder: Recorder | None = None, **changes: Any) -> Outcome:
    inputs = {"site": None, "new_site": "", "update": False, "dryrun": False}
    file = io.BytesIO(text.encode())
    return run(
        "inventory_import.ImportDevices", recorder or Recorder(), file=file, **(inputs | changes)
    )


@pytest.mark.django_db(transaction=True)
def test_devices_are_imported_all_or_none_and_a_dry_run_undoes_everything() -> None:
    rows = "name,role,address\nsw1,switch,10.0.0.1\nsrv1,server,\n"
    dry = import_devices(rows, new_site="Berlin", dryrun=True)
    assert dry.status == "SUCCESS", dry
    assert dry.result["counts"]["created"] == 2
    assert (Device.objects.count(), Site.objects.count()) == (0, 0)

    bad = import_devices(rows + "sw2,spaceship,10.0.0.2\n", new_site="Berlin")
    assert (bad.status, bad.result["counts"]["refused"]) == ("FAILURE", 1)
    assert Device.objects.count() == 0

    good = import_devices(rows, new_site="Berlin")
    assert good.status == "SUCCESS"
    assert set(Device.objects.values_list("name", "site__name")) == {
        ("sw1", "Berlin"),
        ("srv1", "Berlin"),
    }
    assert import_devices(rows).result["counts"]["unchanged"] == 2
    default = job("inventory_import.ImportDevices").variables()["site"].default
    assert default() == Site.objects.get().pk

    report = run(
        "inventory_import.InventoryReport",
        Recorder(),
        sites=Site.objects.all(),
        with_addresses=True,
    )
    assert "* **Berlin**: 1 server, 1 switch" in report.result["text"]


def test_the_rehearsal_warns_ends_and_stops_when_cancelled() -> None:
    inputs = {"title": "T", "seconds": 0.0, "warnings": True, "end_badly": False}
    recorder = Recorder()
    assert run("rehearsal.Rehearsal", recorder, steps=8, **inputs).status == "SUCCESS"
    assert recorder.at("warning") == ["host-04 answered slowly", "host-08 answered slowly"]
    stopped = Recorder(cancel_after=3)
    outcome = run("rehearsal.Rehearsal", stopped, steps=8, **inputs)
    assert len(outcome.result["rows"]) == 3
    assert (
        run("rehearsal.Rehearsal", Recorder(), steps=1, **(inputs | {"end_badly": True})).status
        == "FAILURE"
    )


def test_the_expiry_report_warns_and_signs_the_file_it_wrote() -> None:
    recorder = Recorder()
    items = [{"name": "www", "expires": "2026-01-20"}, {"name": "old", "expires": "2025-01-01"}]
    outcome = run(
        "expiry_report.ExpiryReport", recorder, items=items, day=date(2026, 1, 1), warn_days=30,
        signed_at=None, key="k" * 16,
    )  # fmt: skip
    assert outcome.status == "SUCCESS", outcome
    assert [row[0] for row in outcome.result["items"]["rows"]] == [-365, 19]
    assert recorder.at("error") == ["Ran out on 2025-01-01"]
    assert outcome.result["signature"].encode() in recorder.files["expiry.json.hmac"]
