"""Numbers for a monitoring system."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from prometheus_client import CONTENT_TYPE_LATEST
from rest_framework.request import Request

from ..describing import described
from ..metrics import metrics_text
from .base import WireView


class MetricsView(WireView):
    """How much waits, runs, ends and is late."""

    @described(responses={(200, "text/plain"): OpenApiTypes.STR})
    def get(self, request: Request) -> HttpResponse:
        """Numbers about what the asker may see, in the text format of Prometheus."""
        return HttpResponse(metrics_text(request.user), content_type=CONTENT_TYPE_LATEST)
