"""Display names are unique: who keeps the plain one, and who gets a number."""

from collections.abc import Iterable, Mapping, Sequence

NAME_LENGTH = 100


def names_for(
    wanted: Sequence[tuple[str, str]], *, now: Mapping[str, str], taken: Iterable[str]
) -> dict[str, str]:
    """A free name for each ``(key, wanted name)``.

    ``now`` holds the present names of records by key: a record that has what it wants keeps it,
    whoever comes first. ``taken`` are names of all other records.
    """
    used = set(taken)
    given: dict[str, str] = {}
    for key, name in wanted:
        if now.get(key) == name and name not in used:
            given[key] = name
            used.add(name)
    for key, name in wanted:
        if key not in given:
            given[key] = _free(name, used)
            used.add(given[key])
    return given


def _free(name: str, used: set[str]) -> str:
    candidate, number = name, 1
    while candidate in used:
        number += 1
        suffix = f" ({number})"
        candidate = name[: NAME_LENGTH - len(suffix)] + suffix
    return candidate
