"""Jobs that work on one record: from a button on its page, and when it changes."""

import ipaddress
from typing import Any

from jobsmith.jobs import JobButtonReceiver, JobHookReceiver, Table, register_jobs
from jobsmith_server.inventory.models import Device

name = "Inventory"


class CheckDevice(JobButtonReceiver):
    """Looks at what the inventory says of a device, and tells what is missing or odd."""

    class Meta:
        name = "Check a device"
        has_sensitive_variables = False

    def receive_job_button(self, obj: Device) -> dict[str, Any]:
        findings = [*self._missing(obj), *self._odd(obj)]
        for _, sentence in findings:
            self.logger.warning(sentence, extra={"object": obj})
        if not findings:
            self.logger.success("%s is complete", obj, extra={"object": obj})
        return {"device": obj.name, "findings": Table(["Field", "What"], findings)}

    def _missing(self, device: Device) -> list[list[str]]:
        fields = ("address", "serial")
        return [[each, f"It has no {each}."] for each in fields if not getattr(device, each)]

    def _odd(self, device: Device) -> list[list[str]]:
        found = []
        if device.address and ipaddress.ip_address(device.address).is_loopback:
            found.append(["address", f"{device.address} never leaves the machine."])
        if device.serial and Device.objects.filter(serial=device.serial).count() > 1:
            found.append(["serial", f"Another device has {device.serial}, too."])
        return found


class TellChange(JobHookReceiver):
    """Tells in its log what a change has changed."""

    class Meta:
        name = "Tell a change"
        has_sensitive_variables = False

    def receive_job_hook(self, change: Any, action: str, changed_object: Any) -> dict[str, Any]:
        before, after = change.before or {}, change.after or {}
        names = sorted(before.keys() | after.keys())
        rows = [[each, before.get(each), after.get(each)] for each in names]
        rows = [row for row in rows if row[1] != row[2]]
        who = change.user_name or "Nobody in particular"
        self.logger.info("%s: %s %s", who, action, change.object_repr)
        return {"action": action, "changes": Table(["Field", "Before", "After"], rows)}


register_jobs(CheckDevice, TellChange)
