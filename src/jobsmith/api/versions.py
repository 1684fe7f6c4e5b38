"""Which version of the dialect a request speaks.

There is one dialect; the versions that clients may ask for differ in nothing we serve.
"""

from typing import Any

from rest_framework.exceptions import NotAcceptable, NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.utils.mediatypes import _MediaType
from rest_framework.versioning import AcceptHeaderVersioning

CURRENT = "3.2"
SUPPORTED = ("2.0", "2.1", "2.2", "2.3", "2.4", "3.0", "3.1", "3.2")


class DialectVersioning(AcceptHeaderVersioning):
    """The version from ``Accept: application/json; version=X`` or ``?api_version=X``."""

    default_version = CURRENT
    version_param = "version"

    def determine_version(self, request: Request, *args: Any, **kwargs: Any) -> str:
        """The version asked for, or the current one; refuses what is not supported."""
        accepted = _MediaType(request.accepted_media_type or "").params.get("version", "")
        queried = request.query_params.get("api_version", "")
        if accepted and accepted not in SUPPORTED:
            raise NotAcceptable(_refusal(accepted, '"Accept" header'))
        if queried and queried not in SUPPORTED:
            raise NotFound(_refusal(queried, "query parameter"))
        if accepted and queried and accepted != queried:
            raise ValidationError(
                {"detail": "The Accept header and api_version ask for different versions."}
            )
        return accepted or queried or CURRENT


def _refusal(version: str, place: str) -> str:
    supported = ", ".join(SUPPORTED)
    return f'Invalid version "{version}" in {place}. Supported versions are: {supported}'
