"""Verbs on notification rules."""

from collections.abc import Mapping

from graphql import GraphQLField, GraphQLObjectType

from jobsmith import policies
from jobsmith.actions.notifications import try_rule
from jobsmith.models import NotificationRule
from jobsmith.policies import Actor

from .answering import KEY, answering, key_of


def fields(types: Mapping[str, GraphQLObjectType]) -> dict[str, GraphQLField]:
    """The verbs by name."""
    name = "notification_rule"
    return {
        f"test_{name}": GraphQLField(types[name], args=KEY, resolve=answering(name, test)),
    }


def test(user: Actor, id: str) -> NotificationRule:
    """Have a trial sent to all whom the rule tells."""
    policies.require(user, "change", NotificationRule)
    rule = policies.find(policies.scoped(NotificationRule, user, "change"), pk=key_of(id))
    try_rule(rule, user=user)
    return rule
