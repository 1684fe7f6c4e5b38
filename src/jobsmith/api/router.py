"""Addresses of a kind of record: the list takes bulk edits and deletions too."""

from rest_framework.routers import DynamicRoute, Route, SimpleRouter

_LIST = {
    "get": "list",
    "post": "create",
    "put": "bulk_update",
    "patch": "bulk_partial_update",
    "delete": "bulk_destroy",
}


class WireRouter(SimpleRouter):
    """Maps methods on the list address to bulk actions, where a view has them."""

    routes: list[Route | DynamicRoute] = [
        each._replace(mapping=_LIST)
        if isinstance(each, Route) and each.name == "{basename}-list"
        else each
        for each in SimpleRouter.routes
    ]
