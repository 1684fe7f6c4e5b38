"""The header by which a client repeats a request to run."""

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

from django.http import QueryDict
from django.utils.crypto import salted_hmac
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from jobsmith.actions.once import Once
from jobsmith.errors import KeyRefused

KEY = OpenApiParameter(
    "Idempotency-Key",
    location=OpenApiParameter.HEADER,
    description="For 24 hours, the same key with the same request answers with the first run.",
)
_VISIBLE = re.compile(r"[!-~]{1,255}")


def once_of(request: Request, verb: str, record: object) -> Once | None:
    """What the header says, tied to what is asked for; raises KeyRefused. None without one."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not _VISIBLE.fullmatch(key):
        raise KeyRefused
    asked = json.dumps([verb, str(record), *_body(request)], sort_keys=True)
    digest = salted_hmac("jobsmith.idempotency", asked, algorithm="sha256").hexdigest()
    return Once(key=key, fingerprint=digest)


def _body(request: Request) -> Iterator[Any]:
    """What the body says, whatever the order of its keys and its multipart boundary."""
    data = request.data
    if not isinstance(data, QueryDict):
        yield data
        return
    yield {name: data.getlist(name) for name in data if name not in request.FILES}
    for name, files in request.FILES.lists():
        for file in files:
            yield [name, file.name, _digest(file)]


def _digest(file: Any) -> str:
    found = hashlib.sha256()
    for chunk in file.chunks():
        found.update(chunk)
    file.seek(0)
    return found.hexdigest()
