"""What is wrong with the sources of jobs."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse

from jobsmith import policies
from jobsmith.models import Job, Source, SourceProblem

from ..page import page, show
from ..paging import Paged, paged

SIZE = 100

NOTHING_TO_SEE = (
    "What is wrong with the sources of jobs is told to those who may view jobs: "
    "ask an administrator of this server."
)


@page
def problem_list(request: HttpRequest) -> HttpResponse:
    """Sources, each with what its last inspection found; many problems go on page by page."""
    user = request.user
    policies.require(user, "view", Job, NOTHING_TO_SEE)
    problems = policies.problems(user)
    counts = dict(problems.order_by().values_list("source").annotate(Count("pk")))
    sources = policies.sources(user).select_related("tree").order_by("title", "key")
    broken = problems.order_by("source__title", "source__key", "file", "line", "pk")
    found = paged(request, broken, size=SIZE)
    context = {"groups": _groups(sources, found, counts), "page": found}
    return show(request, "problems.html", context, current="problems")


def _groups(
    sources: Iterable[Source], found: Paged[SourceProblem], counts: Mapping[Any, int]
) -> list[dict[str, Any]]:
    """Sources with the problems of this page; those without any stand on the first."""
    by_source: dict[Any, list[SourceProblem]] = {}
    for problem in found.rows:
        by_source.setdefault(problem.source_id, []).append(problem)
    return [
        {"source": source, "count": counts.get(source.pk, 0), "problems": by_source.get(source.pk)}
        for source in sources
        if source.pk in by_source or (found.number == 1 and not counts.get(source.pk))
    ]
