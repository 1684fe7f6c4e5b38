"""The rows that were ticked in a list."""

from uuid import UUID

from django.http import HttpRequest

from .paging import as_uuid

MOST = 200


def chosen_keys(request: HttpRequest) -> list[UUID]:
    """Keys named by ``pk`` in the form or the address; what is no key is left out."""
    said = request.POST.getlist("pk") or request.GET.getlist("pk")
    return [key for key in map(as_uuid, said[:MOST]) if key is not None]
