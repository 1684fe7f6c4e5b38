"""How many rows there are, kept by the database, so that nobody counts a million of them.

Triggers on PostgreSQL add a row for every statement that adds or takes away runs or log lines;
nothing waits for anything, and whatever writes rows is counted. The scheduler sums them up. On
SQLite, where counting is quick and one process writes, the table stays empty.
"""

from uuid import UUID

from django.db import connection, models, transaction
from django.db.models import Sum


class TallyManager(models.Manager["Tally"]):
    """Reads and sums up."""

    def total(self, kind: str, key: UUID | None = None) -> int | None:
        """How many rows of the kind there are, or with that key; None where nobody keeps count."""
        if connection.vendor != "postgresql":
            return None
        rows = self.filter(kind=kind) if key is None else self.filter(kind=kind, key=key)
        found: int | None = rows.aggregate(total=Sum("delta"))["total"]
        return max(0, found or 0)

    def compact(self) -> None:
        """Sum up what has come in since the last time. Safe to do twice at once."""
        if connection.vendor != "postgresql":
            return
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(COMPACT)


class Tally(models.Model):
    """So many rows more, or less."""

    RESULTS = "result"
    LOGS = "log"

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=20)
    key = models.UUIDField(null=True)
    """The job of runs; None for runs without one, and for log lines."""
    delta = models.BigIntegerField()

    objects = TallyManager()

    class Meta:
        verbose_name_plural = "tallies"
        indexes = (models.Index(fields=("kind", "key"), name="jobsmith_tally_kind"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.key}: {self.delta}"


COMPACT = """
WITH taken AS (
    DELETE FROM jobsmith_tally WHERE id IN (
        SELECT id FROM jobsmith_tally ORDER BY id LIMIT 50000 FOR UPDATE SKIP LOCKED
    ) RETURNING kind, key, delta
)
INSERT INTO jobsmith_tally (kind, key, delta)
SELECT kind, key, sum(delta) FROM taken GROUP BY kind, key HAVING sum(delta) <> 0
"""
