"""What an operation may answer when it refuses, as the description tells it."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction, OpenApiResponse
from rest_framework import serializers


class Refusal(serializers.Serializer[Any]):
    """Why it was refused, in a sentence."""

    detail = serializers.CharField()


class FieldRefusals(serializers.Serializer[Any]):
    """Why it was refused: sentences by the key that they are about, or one as ``detail``."""


class FieldRefusalsShape(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """An object of any keys: those of a body, a filter, or the variables of a job."""

    target_class = FieldRefusals

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        """At least one key; below it a sentence, sentences, or the same by inner keys."""
        return {
            "type": "object",
            "description": str(FieldRefusals.__doc__),
            "minProperties": 1,
            "additionalProperties": {
                "anyOf": [
                    {"type": "string"},
                    {"type": "array", "items": {}},
                    {"type": "object", "additionalProperties": {}},
                ]
            },
        }


SENTENCES = {
    400: "Something in the request is wrong.",
    403: "Nobody is signed in, the token is wrong or may only read, or a right is missing.",
    404: "It is not there or out of reach, or this api_version is not supported.",
    405: "The job is not presently installed.",
    406: "There is no such answer: Accept or format asks for another type or version.",
    409: "Something stands against it as things are now.",
    413: "The body is too large.",
    415: "The body has another content type.",
    429: "Too many wrong passwords came from this address. Wait a few minutes.",
    501: "This server cannot do that.",
    503: "Nothing was changed: no worker listens, or the server is busy. Try again.",
}
OF_ACTIONS = {
    "destroy": (409,),
    "bulk_destroy": (409,),
    "run": (405, 409),
    "rerun": (405, 409),
    "cancel": (409,),
    "cancel_preview": (409,),
}
"""What the state of a record stands against."""


def refusals_of(
    action: str, *, has_body: bool, has_key: bool, negotiates: bool
) -> dict[int, OpenApiResponse]:
    """Refusals by status, in order.

    ``has_key``: the address names a record; ``negotiates``: the request chooses version and type.
    """
    statuses = {400, 403, 429, 503, *OF_ACTIONS.get(action, ())}
    statuses |= {404} if has_key else set()
    statuses |= {413} if has_body else set()
    statuses |= {404, 406} if negotiates else set()
    statuses |= {415} if negotiates and has_body else set()
    return {status: refusal(status) for status in sorted(statuses)}


def refusal(status: int) -> OpenApiResponse:
    """The refusal with this status."""
    shape = FieldRefusals if status == 400 else Refusal
    return OpenApiResponse(shape, description=SENTENCES[status])
