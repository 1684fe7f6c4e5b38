"""The page to try GraphQL on, and the queries that are kept."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse

from jobsmith import policies
from jobsmith.actions.save_query import create_query, update_query
from jobsmith.actions.stale import Seen
from jobsmith.errors import NotFound
from jobsmith.filters.tables import GRAPHQL_QUERIES
from jobsmith.models import GraphQLQuery

from ..page import page, show
from ..paging import as_uuid
from ..records import RecordForm, RecordPages, SaidJSONField

SAVED_SHOWN = 100
EXAMPLE = "{\n  jobs(limit: 5) {\n    name\n    enabled\n  }\n}\n"


@page
def explorer(request: HttpRequest) -> HttpResponse:
    """Two editors and the answer; with ``?query=`` a saved query is in them."""
    saved = _saved(request)
    user = request.user
    mine = policies.viewable(GraphQLQuery, user)
    variables = saved.variables if saved else None
    context = {
        "endpoint": endpoint(),
        "saved": saved,
        "query": saved.query if saved else EXAMPLE,
        "variables": json.dumps(variables, indent=2, ensure_ascii=False) if variables else "",
        "queries": mine.order_by("name")[:SAVED_SHOWN],
        "may_add": policies.allowed(user, "add", GraphQLQuery),
        "may_change": saved and _reaches(request, "change", saved),
        "may_delete": saved and _reaches(request, "delete", saved),
    }
    return show(request, "graphql/explorer.html", context, current="graphql")


def endpoint() -> str:
    """Where queries are sent; NotFound where the host does not serve GraphQL."""
    try:
        return reverse("jobsmith-graphql:graphql")
    except NoReverseMatch as error:
        raise NotFound("This server does not serve GraphQL.") from error


def _saved(request: HttpRequest) -> GraphQLQuery | None:
    said = request.GET.get("query", "")
    if not said:
        return None
    policies.require(request.user, "view", GraphQLQuery)
    return policies.find(policies.viewable(GraphQLQuery, request.user), pk=as_uuid(said))


def _reaches(request: HttpRequest, right: str, saved: GraphQLQuery) -> bool:
    return policies.scoped(GraphQLQuery, request.user, right).filter(pk=saved.pk).exists()


class QueryForm(RecordForm):
    """A query that is kept."""

    variables = SaidJSONField(required=False, help_text="Their default values, as a JSON object.")

    class Meta:
        model = GraphQLQuery
        fields = ("name", "query", "variables")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["query"].widget.attrs.update({"class": "jsm-in mono", "spellcheck": "false"})

    @property
    def values(self) -> dict[str, Any]:
        """Nothing means no variables."""
        values = super().values
        return {**values, "variables": values["variables"] or {}}


class QueryPages(RecordPages[GraphQLQuery]):
    """Saved queries; the explorer is where they are read and run."""

    model = GraphQLQuery
    form_class = QueryForm
    table = GRAPHQL_QUERIES
    name, list_name, place = "query", "queries", "graphql"
    one, many = "saved query", "saved queries"
    lead = "Queries that are kept to be run again, here or by programs."
    gone = "Programs that run it by its address are refused."
    rows_template = "graphql/rows.html"

    def add(self, request: HttpRequest, values: dict[str, Any]) -> GraphQLQuery:
        """Keep the query."""
        return create_query(user=request.user, values=values)

    def change(
        self, request: HttpRequest, row: GraphQLQuery, values: dict[str, Any], seen: Seen
    ) -> GraphQLQuery:
        """Change the query."""
        return update_query(row, user=request.user, values=values, seen=seen)

    def after(self, row: GraphQLQuery) -> str:
        """Back to the explorer."""
        return f"{reverse('jobsmith:graphql')}?query={row.pk}"
