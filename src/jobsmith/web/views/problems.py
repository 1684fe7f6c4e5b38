"""What is wrong with the sources of jobs."""

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse

from jobsmith import policies

from ..page import page, show


@page
def problem_list(request: HttpRequest) -> HttpResponse:
    """Sources, each with what its last inspection found."""
    user = request.user
    problems = Prefetch("problems", queryset=policies.problems(user).order_by("file", "line"))
    sources = policies.sources(user).select_related("tree").prefetch_related(problems)
    return show(request, "problems.html", {"sources": sources}, current="problems")
