"""What is wrong with the sources of jobs."""

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse

from jobsmith import policies
from jobsmith.models import Job

from ..page import page, show

NOTHING_TO_SEE = (
    "What is wrong with the sources of jobs is told to those who may view jobs: "
    "ask an administrator of this server."
)


@page
def problem_list(request: HttpRequest) -> HttpResponse:
    """Sources, each with what its last inspection found."""
    user = request.user
    policies.require(user, "view", Job, NOTHING_TO_SEE)
    problems = Prefetch("problems", queryset=policies.problems(user).order_by("file", "line"))
    sources = policies.sources(user).select_related("tree").prefetch_related(problems)
    return show(request, "problems.html", {"sources": sources}, current="problems")
