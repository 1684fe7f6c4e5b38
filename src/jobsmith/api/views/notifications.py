"""Notification rules, what became of their messages, and what the caller was told."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from jobsmith import policies
from jobsmith.actions.notifications import mark_read, retry_delivery, try_rule
from jobsmith.actions.save_rule import create_rule, update_rule
from jobsmith.filters.notifications import DELIVERIES, NOTIFICATIONS, RULES
from jobsmith.models import NotificationDelivery, NotificationRule
from jobsmith.policies import Actor

from ..bodies.notifications import NotificationRuleBody
from ..describing import described
from ..serializers.notifications import (
    DeliverySerializer,
    NotificationRuleSerializer,
    NotificationSerializer,
)
from .base import FREE, RecordViewSet
from .editable import CreatableViewSet


class NotificationRuleViewSet(CreatableViewSet):
    """Who is told of what, and how."""

    model = NotificationRule
    serializer_class = NotificationRuleSerializer
    body_class = NotificationRuleBody
    filters = RULES
    rights = {**CreatableViewSet.rights, "test": "change"}

    def add(self, values: Mapping[str, Any]) -> NotificationRule:
        """Add it."""
        return create_rule(user=self.request.user, values=values)

    def change(self, record: NotificationRule, values: Mapping[str, Any]) -> NotificationRule:
        """Edit it."""
        return update_rule(record, user=self.request.user, values=values)

    @described(request=None, responses=NotificationRuleSerializer)
    @action(detail=True, methods=["post"])
    def test(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Have a trial sent to all whom it tells."""
        rule = self.get_object()
        try_rule(rule, user=request.user)
        return Response(self.represent([rule])[0])


class DeliveryViewSet(RecordViewSet):
    """What became of messages, for whoever may see their rules."""

    model = NotificationDelivery
    serializer_class = DeliverySerializer
    filters = DELIVERIES
    rights = {"list": FREE, "retrieve": FREE, "retry": "change"}

    def check_permissions(self, request: Request) -> None:
        """By the right to the rule."""
        super(RecordViewSet, self).check_permissions(request)
        if self.action in self.rights:
            right = self.rights[self.action] or "view"
            policies.require(request.user, right, NotificationRule)

    def rows(self, user: Actor, right: str) -> QuerySet[NotificationDelivery]:
        """Those of the rules on which the user has the right."""
        return policies.deliveries(user, right or "view")

    @described(request=None, responses=DeliverySerializer)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Send it now, as if for the first time."""
        row = self.get_object()
        return Response(self.represent([retry_delivery(row, user=request.user)])[0])


class NotificationViewSet(RecordViewSet):
    """What the caller was told in Jobsmith, newest first."""

    model = NotificationDelivery
    serializer_class = NotificationSerializer
    filters = NOTIFICATIONS
    rights = dict.fromkeys(("list", "retrieve", "read", "read_all"), FREE)

    def rows(self, user: Actor, right: str) -> QuerySet[NotificationDelivery]:
        """The caller's own."""
        return policies.notifications(user).order_by("-id")

    @described(request=None, responses=NotificationSerializer)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Mark it as read."""
        row = self.get_object()
        mark_read(user=request.user, keys=[row.pk])
        return Response(self.represent([self.get_object()])[0])

    @described(request=None, responses={204: None}, filters=False)
    @action(detail=False, methods=["post"], url_path="read-all")
    def read_all(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Mark all as read."""
        mark_read(user=request.user)
        return Response(status=204)
