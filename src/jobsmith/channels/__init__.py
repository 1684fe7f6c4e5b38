"""How messages leave: by mail, to webhooks, and to services through Apprise."""

from .addresses import refusal_of_service, refusal_of_webhook, shown
from .message import Item, Message, as_message
from .sending import Letter, Sending, ToService, ToWebhook, has_apprise
from .webhook import SIGNATURE, body_of, sign

__all__ = [
    "SIGNATURE",
    "Item",
    "Letter",
    "Message",
    "Sending",
    "ToService",
    "ToWebhook",
    "as_message",
    "body_of",
    "has_apprise",
    "refusal_of_service",
    "refusal_of_webhook",
    "shown",
    "sign",
]
