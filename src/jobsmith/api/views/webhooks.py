"""Job webhooks."""

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from jobsmith import policies
from jobsmith.actions.save_webhook import create_webhook, renew_secret, update_webhook
from jobsmith.filters.tables import WEBHOOKS
from jobsmith.models import JobWebhook

from ..bodies.webhook import WebhookBody
from ..describing import described
from ..serializers import WebhookDeliverySerializer, WebhookSerializer
from .base import Shown
from .editable import CreatableViewSet
from .notes import NotesMixin


class WebhookViewSet(NotesMixin, CreatableViewSet):
    """Job webhooks."""

    model = JobWebhook
    serializer_class = WebhookSerializer
    body_class = WebhookBody
    filters = WEBHOOKS
    rights = {
        **CreatableViewSet.rights,
        **NotesMixin.on_notes,
        "renew_secret": "change",
        "deliveries": "view",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.made: dict[str, str] = {}
        """New secrets by id, for the answer that makes them."""

    def add(self, values: Mapping[str, Any]) -> JobWebhook:
        """Add it; the answer alone shows its secret."""
        row, secret = create_webhook(user=self.request.user, values=values)
        self.made[str(row.pk)] = secret
        return row

    def change(self, record: JobWebhook, values: Mapping[str, Any]) -> JobWebhook:
        """Edit it."""
        return update_webhook(record, user=self.request.user, values=values)

    def represent(self, records: Sequence[Any], include: frozenset[str] = frozenset()) -> Shown:
        """As the base, with a secret that was just made."""
        shown = super().represent(records, include)
        return [{**each, "secret": self.made.get(each["id"])} for each in shown]

    @described(request=None, responses=WebhookSerializer)
    @action(detail=True, methods=["post"], url_path="renew-secret")
    def renew_secret(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make another secret, told in this answer only; the one before is void."""
        row, secret = renew_secret(self.get_object(), user=request.user)
        self.made[str(row.pk)] = secret
        return Response(self.represent([row])[0])

    @described(responses=WebhookDeliverySerializer(many=True), filters=False)
    @action(detail=True)
    def deliveries(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What came of its messages, newest first."""
        rows = policies.webhook_deliveries(request.user).filter(webhook=self.get_object())
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(WebhookDeliverySerializer(page or (), many=True).data)
