"""What runs out when, in a report that its reader can verify."""

import hashlib
import hmac
import json
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from jobsmith.jobs import (
    DateTimeVar,
    DateVar,
    IntegerVar,
    Job,
    JSONVar,
    SecretVar,
    Table,
    register_jobs,
)

name = "Reports"

ITEMS = {
    "type": "array",
    "minItems": 1,
    "maxItems": 10_000,
    "items": {
        "type": "object",
        "required": ["name", "expires"],
        "additionalProperties": False,
        "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": 200},
            "expires": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
            "owner": {"type": "string", "maxLength": 200},
        },
    },
}


def today() -> date:
    """The day, in the server's time zone."""
    return timezone.localdate()


class ExpiryReport(Job):
    """Sorts certificates, licences or contracts by the days that are left, and signs the result."""

    items = JSONVar(
        schema=ITEMS,
        description='A list such as [{"name": "www", "expires": "2030-01-31", "owner": "web"}].',
        default=[{"name": "www.example.org", "expires": "2030-01-31", "owner": "web team"}],
    )
    day = DateVar(label="As of", default=today)
    warn_days = IntegerVar(label="Warn before (days)", default=30, min_value=0, max_value=3650)
    signed_at = DateTimeVar(
        label="Time of signature", description="Now if left empty.", required=False,
        section="Signature",
    )  # fmt: skip
    key = SecretVar(
        label="Signing key",
        description="Signs the file with HMAC-SHA-256. Stored sealed and never shown again.",
        min_length=16,
        section="Signature",
    )

    class Meta:
        name = "Signed expiry report"
        description = "Days left of certificates, licences or contracts, in a signed JSON file."
        read_only = True

    def run(
        self, items: list[dict[str, str]], day: date, warn_days: int, signed_at: Any, key: str
    ) -> dict[str, Any]:
        rows = sorted(row for item in items if (row := self._row(item, day)) is not None)
        for left, item, owner, expires in rows:
            if left < 0:
                self.logger.error("Ran out on %s", expires, extra={"object": item})
            elif left <= warn_days:
                told = f" Tell {owner}." if owner else ""
                self.logger.warning("%d days left.%s", left, told, extra={"object": item})
        signature = self._publish(rows, day, signed_at or timezone.now(), key)
        limit = day + timedelta(days=warn_days)
        self.logger.success("%d items looked at until %s", len(rows), limit)
        return {
            "signature": signature,
            "items": Table(["Days left", "Item", "Owner", "Expires"], rows, title=f"As of {day}"),
        }

    def _row(self, item: dict[str, str], day: date) -> tuple[int, str, str, str] | None:
        try:
            expires = date.fromisoformat(item["expires"])
        except ValueError:
            self.fail(
                "%s is no day of the calendar", item["expires"], extra={"object": item["name"]}
            )
            return None
        return (expires - day).days, item["name"], item.get("owner", ""), item["expires"]

    def _publish(self, rows: list[Any], day: date, signed_at: Any, key: str) -> str:
        """Write the report and, beside it, the signature of exactly those bytes."""
        report = {"as_of": day.isoformat(), "signed_at": signed_at.isoformat(), "items": rows}
        body = json.dumps(report, indent=2, ensure_ascii=False).encode()
        signature = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
        self.create_file("expiry.json", body, content_type="application/json")
        self.create_file("expiry.json.hmac", f"{signature}  expiry.json\n")
        return signature


register_jobs(ExpiryReport)
