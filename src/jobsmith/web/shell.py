"""What the frame of every page shows: places, worker health, theme."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import cached_property

from jobsmith import policies
from jobsmith.engines import listening_workers
from jobsmith.lifecycle import Status

THEME_COOKIE = "jobsmith_theme"
THEMES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the rail."""

    key: str
    title: str
    address: str
    icon: str
    count: int | None = None
    hot: bool = False


class Shell:
    """The frame for one request; everything is asked for only when it is shown."""

    def __init__(self, request: HttpRequest, current: str = "") -> None:
        self._request = request
        self.current = current

    @cached_property
    def theme(self) -> str:
        """``light``, ``dark`` or "" for the system's."""
        theme = self._request.COOKIES.get(THEME_COOKIE, "")
        return theme if theme in THEMES else ""

    @cached_property
    def signed_in(self) -> bool:
        """Whether the viewer is known."""
        user = getattr(self._request, "user", None)
        return bool(user and user.is_authenticated)

    @cached_property
    def name(self) -> str:
        """The viewer's name."""
        return str(self._request.user.get_username())

    @cached_property
    def places(self) -> list[Place]:
        """Only places that exist."""
        user = self._request.user
        running = policies.results(user).filter(status=Status.STARTED).count()
        problems = policies.problems(user).count()
        found = [
            Place("jobs", "Jobs", reverse("jobsmith:index"), "jobs"),
            Place("runs", "Runs", reverse("jobsmith:runs"), "runs", running or None),
            Place(
                "problems",
                "Problems",
                reverse("jobsmith:problems"),
                "problem",
                problems or None,
                hot=True,
            ),
        ]
        return found + [place for place in (_api_docs(),) if place]

    @cached_property
    def workers(self) -> int:
        """Workers that take runs."""
        return len(listening_workers(policies.workers(self._request.user)))

    @cached_property
    def health(self) -> str:
        """Worker health in words."""
        if not self.workers:
            return "No worker is running"
        return f"{self.workers} worker{'s' if self.workers > 1 else ''} up"


def _api_docs() -> Place | None:
    try:
        return Place("api", "API docs", reverse("jobsmith-api:docs"), "braces")
    except NoReverseMatch:
        return None
