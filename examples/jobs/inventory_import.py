"""Bring devices into the inventory from a CSV file, all of them or none."""

import csv
import io
import ipaddress
from collections import Counter
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, QuerySet

from jobsmith.jobs import (
    BooleanVar,
    DryRunVar,
    FileVar,
    Job,
    Markdown,
    MultiObjectVar,
    ObjectVar,
    StringVar,
    Table,
    register_jobs,
)
from jobsmith_server.inventory.models import Device, Site

name = "Inventory"

COLUMNS = ("name", "role", "address", "serial", "site")


def usual_site() -> int | None:
    """The site with the most devices."""
    site = Site.objects.annotate(size=Count("devices")).order_by("-size", "name").first()
    return site.pk if site else None


class ImportDevices(Job):
    """Reads the whole file first, then writes in one transaction."""

    file = FileVar(label="CSV file", description="Columns: name, role, address, serial, site.")
    site = ObjectVar(
        model=Site,
        description="For rows that name no site.",
        default=usual_site,
        required=False,
    )
    new_site = StringVar(
        label="Or a new site",
        description="Made if there is none of that name.",
        required=False,
        max_length=100,
    )
    update = BooleanVar(label="Change devices that exist", default=False)
    dryrun = DryRunVar(description="Go through the whole import, then undo it.")

    class Meta:
        name = "Import devices"
        description = """
        Bring devices into the inventory from a CSV file.

        Either every row is imported or none is. A dry run does all the work and undoes it.
        """
        dryrun_default = True
        is_singleton = True

    @classmethod
    def validate_data(cls, data: dict[str, Any], files: Any = None) -> dict[str, Any]:
        """One site for the rows that name none, not two."""
        if data.get("site") and data.get("new_site"):
            raise ValidationError({"new_site": "Choose a site or name a new one, not both."})
        return data

    def run(
        self, file: BinaryIO, site: Site | None, new_site: str, update: bool, dryrun: bool
    ) -> dict[str, Any]:
        rows = self._read(file)
        self.logger.info("%d rows read", len(rows))
        counts: Counter[str] = Counter()
        with transaction.atomic():
            if new_site:
                site, _ = Site.objects.get_or_create(name=new_site)
            changes = [self._import(row, site, update, counts) for row in rows]
            problems = counts.pop("refused", 0)
            if problems:
                self.fail(
                    "%d of %d rows were refused, so nothing was imported", problems, len(rows)
                )
            if problems or dryrun:
                transaction.set_rollback(True)
        if dryrun and not problems:
            self.logger.success("Dry run: nothing was changed")
        return {
            "imported": not problems and not dryrun,
            "counts": dict(counts) | {"refused": problems},
            "changes": Table(["Line", "Device", "What", "Why"], changes, title="Rows"),
        }

    def _read(self, file: BinaryIO) -> list[dict[str, str]]:
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        reader = csv.DictReader(text)
        missing = {"name"} - set(reader.fieldnames or ())
        if missing:
            raise ValueError("The first line of the file should name the columns; name is missing.")
        rows = [{key: (row.get(key) or "").strip() for key in COLUMNS} for row in reader]
        text.detach()  # the file is closed by whoever opened it
        return rows

    def _import(
        self, row: dict[str, str], site: Site | None, update: bool, counts: Counter[str]
    ) -> list[Any]:
        line = counts.total() + 2  # the first line holds the names of the columns
        try:
            device, what = self._save(row, site, update)
        except (ValidationError, ValueError) as error:
            why = "; ".join(getattr(error, "messages", [str(error)]))
            counts["refused"] += 1
            self.logger.error("Line %d: %s", line, why, extra={"object": row["name"]})
            return [line, row["name"], "refused", why]
        counts[what] += 1
        self.logger.info("%s %s", device, what, extra={"object": device})
        return [line, row["name"], what, ""]

    def _save(self, row: dict[str, str], site: Site | None, update: bool) -> tuple[Device, str]:
        existing = Device.objects.filter(name=row["name"]).first()
        if existing and not update:
            return existing, "unchanged"
        device = existing or Device(name=row["name"])
        device.site = self._site(row["site"], site)
        device.role = row["role"].lower() or device.role
        device.address = str(ipaddress.ip_address(row["address"])) if row["address"] else None
        device.serial = row["serial"]
        device.full_clean()
        device.save()
        return device, "changed" if existing else "created"

    def _site(self, named: str, otherwise: Site | None) -> Site:
        if named:
            site = Site.objects.filter(name=named).first()
            if site is None:
                raise ValidationError(f"There is no site {named}.")
            return site
        if otherwise is None:
            raise ValidationError("The row names no site, and none was chosen.")
        return otherwise


class InventoryReport(Job):
    """Counts devices by site and role."""

    sites = MultiObjectVar(model=Site, required=False, description="All sites if none is chosen.")
    with_addresses = BooleanVar(label="List addresses", default=False)

    class Meta:
        name = "Inventory report"
        description = "Devices by site and role, as text that can be pasted elsewhere."
        read_only = True

    def run(self, sites: QuerySet[Site], with_addresses: bool) -> Markdown:
        chosen = sites if sites else Site.objects.all()
        lines = ["# Inventory", ""]
        for site in chosen.prefetch_related("devices"):
            devices = list(site.devices.all())
            roles = Counter(device.get_role_display() for device in devices)
            told = ", ".join(f"{count} {role.lower()}" for role, count in roles.most_common())
            lines.append(f"* **{site}**: {told or 'no devices'}")
            if with_addresses:
                lines += [
                    f"    * {device} {device.address}" for device in devices if device.address
                ]
            self.logger.info("%d devices", len(devices), extra={"object": site})
        text = "\n".join(lines)
        self.create_file("inventory.md", text, content_type="text/markdown")
        return Markdown(text)


register_jobs(ImportDevices, InventoryReport)
