"""What each role reaches, told from the seeded rows and the grants alone."""

from collections.abc import Iterable

from django.db.models import Model

from jobsmith.models import ApprovalWorkflow, Job, SourceProblem, Token

from .roles import ALPHA, EVERYTHING, OWN, Role, User
from .world import WORD, Row, World


def has(role: Role, action: str, kind: type[Model]) -> bool:
    """Whether the role has the right at all."""
    return bool(role.scopes(action, kind))


def holds(scope: str, role: Role, row: Row) -> bool:
    """Whether the scope of a grant covers the row."""
    if scope == OWN:
        return row.owner == role.name
    return scope == EVERYTHING or (scope == ALPHA and row.area == "alpha")


def reaches(role: Role, action: str, row: Row) -> bool:
    """Whether the role may do this to the row."""
    if not role.is_signed_in:
        return False
    if row.kind is SourceProblem:  # of Git for whoever sees the repository, else who sees jobs
        seen = (reaches(role, "view", each) for each in row.hangs_on)
        return all(seen) if row.hangs_on else has(role, "view", Job)
    own = row.owner == role.name and (  # everybody looks after their own
        row.kind is Token or (row.kind is ApprovalWorkflow and action == "view")
    )
    if not own and not any(holds(each, role, row) for each in role.scopes(action, row.kind)):
        return False
    return all(reaches(role, "view", each) for each in row.hangs_on)


def sees(role: Role, row: Row) -> bool:
    """Whether the role may see the row."""
    return reaches(role, "view", row)


def may_cancel(role: Role, row: Row) -> bool:
    """Whether the role may cancel a run that it sees: its own, or with the right to change runs."""
    return row.owner == role.name or reaches(role, "change", row)


def in_reach(world: World, role: Role, kind: type[Model], action: str = "view") -> set[str]:
    """Keys of all rows of a kind on which the role has the right."""
    return {str(row.pk) for row in world.rows[kind] if reaches(role, action, row)}


def leaks(world: World, role: Role, text: str, asked: Iterable[str] = ()) -> list[str]:
    """Words in a text that were not asked with, and only stand on rows out of the role's reach."""
    return [
        f"{word} of {', '.join(map(str, world.words[word]))}"
        for word in sorted(set(WORD.findall(text)) - set(asked))
        if not any(knows(role, row) for row in world.words[word])
    ]


def knows(role: Role, row: Row) -> bool:
    """Whether the role may read what a row says.

    Beside those who see it: everybody knows their own name, and whoever may run a job sees its
    form, though it is in no list of theirs.
    """
    if row.kind is User and row.owner == role.name:
        return True
    return sees(role, row) or (row.kind is Job and reaches(role, "run", row))


def reaches_all(role: Role, action: str, kind: type[Model]) -> bool:
    """Whether nothing needs to be narrowed."""
    return EVERYTHING in role.scopes(action, kind)


def job_of(world: World, run: Row) -> Row:
    """The job of a run."""
    return next(each for each in world.rows[Job] if each.name == run.name)
