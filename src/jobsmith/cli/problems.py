"""What is wrong with the sources of jobs, for whoever looks after the server: with whole paths."""

from dataclasses import dataclass

from jobsmith import policies
from jobsmith.models import SourceProblem
from jobsmith.sources.base import configured
from jobsmith.specs import place_of


@dataclass(frozen=True, slots=True)
class Found:
    """One problem."""

    severity: str
    sentence: str

    @property
    def is_error(self) -> bool:
        """Whether it is more than a warning."""
        return self.severity == "error"


def found_problems() -> list[Found]:
    """The problems that the last look at each source found; pages show paths from its root only."""
    roots = {ref.key: str(ref.path) for ref in configured()}
    rows = policies.everything(SourceProblem).select_related("source")
    return [
        Found(each.severity, f"{_place(each, roots.get(each.source.key, ''))}: {each.message}")
        for each in rows
    ]


def _place(problem: SourceProblem, root: str) -> str:
    if not problem.file:
        return root or str(problem.source)
    file = f"{root}/{problem.file}" if root else problem.file
    return place_of(file, problem.line)
