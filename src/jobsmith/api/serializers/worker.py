"""Workers and schedulers on the wire."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from jobsmith import policies
from jobsmith.filters.queues_told import runs_of_workers
from jobsmith.models import Worker

from .base import COMMON, RecordSerializer, shows


@shows
class WorkerSerializer(RecordSerializer):
    """A process that takes runs, or watches the clock."""

    route = "worker-detail"

    queues = serializers.SerializerMethodField()
    busy = serializers.SerializerMethodField()
    state = serializers.CharField(read_only=True)
    last_words = serializers.CharField(source="ended_because", read_only=True)
    runs = serializers.SerializerMethodField()

    class Meta:
        model = Worker
        fields = (
            *COMMON,
            *("name", "kind", "hostname", "pid", "version", "queues", "slots", "busy"),
            *("draining", "started_at", "beat_at", "stopped_at", "note"),
            *("state", "outdated", "last_words", "runs"),
        )
        read_only_fields = fields

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_queues(self, worker: Worker) -> list[str]:
        """Those of its queues that the caller may see."""
        memo, user = self.context["memo"], self.context["request"].user
        if "queues" not in memo:
            memo["queues"] = set(policies.queues(user).values_list("name", flat=True))
        return [each for each in worker.queues if each in memo["queues"]]

    def get_busy(self, worker: Worker) -> int:
        """How many of its slots are taken."""
        memo, user = self.context["memo"], self.context["request"].user
        if "busy" not in memo:
            memo["busy"] = policies.busy_slots(user)
        return int(memo["busy"].get(worker.pk, 0))

    @extend_schema_field({"type": "array", "items": {"type": "string", "format": "uuid"}})
    def get_runs(self, worker: Worker) -> list[str]:
        """Those of its runs that the caller may see."""
        memo, user = self.context["memo"], self.context["request"].user
        if "runs" not in memo:
            memo["runs"] = runs_of_workers(user)
        return [str(each.pk) for each in memo["runs"].get(worker.pk, ())]
