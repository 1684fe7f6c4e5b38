"""What packages a source's code asks for, by its ``requirements.txt`` or ``pyproject.toml``.

They come from a package index only: no addresses, no options, no other files.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from jobsmith.specs import Problem

REQUIREMENTS, PROJECT = "requirements.txt", "pyproject.toml"
NAMES = (REQUIREMENTS, PROJECT)
"""Files at the top of a source that say it; the first one that is there counts."""
MOST_BYTES = 256 * 1024
_COMMENT = re.compile(r"(^|\s)#.*$")
_HASH = re.compile(r"\s--hash[= ]\s*(sha(?:256|384|512):[0-9a-f]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One package that is asked for."""

    requirement: Requirement
    hashes: tuple[str, ...]
    file: str
    line: int
    """0 where it is not known."""

    @property
    def text(self) -> str:
        """The line that an installer reads."""
        return " ".join((str(self.requirement), *(f"--hash={each}" for each in self.hashes)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a source asks for beyond what this server has."""

    missing: tuple[Need, ...] = ()
    problems: tuple[Problem, ...] = ()
    """Lines that cannot be followed, and wishes that the server's own packages contradict."""


def needs_of(root: Path) -> Needs:
    """What the files at the top of an unpacked version ask for."""
    missing, problems = [], []
    for found in _found(root):
        problem = found if isinstance(found, Problem) else _conflict(found)
        if problem:
            problems.append(problem)
        elif isinstance(found, Need) and not _is_here(found):
            missing.append(found)
    return Needs(missing=tuple(missing), problems=tuple(problems))


def _found(root: Path) -> Iterator[Need | Problem]:
    for name, read in ((REQUIREMENTS, _of_lines), (PROJECT, _of_project)):
        file = root / name
        if not file.is_file():
            continue
        if file.stat().st_size > MOST_BYTES:
            yield _problem(name, 0, f"This file is larger than {MOST_BYTES // 1024} KiB.")
        else:
            yield from read(file.read_text(encoding="utf-8", errors="replace"))
        return


def _of_lines(text: str) -> Iterator[Need | Problem]:
    whole, first = "", 1
    for number, line in enumerate(text.splitlines(), 1):
        first = first if whole else number
        whole += _COMMENT.sub("", line)
        if whole.endswith("\\"):
            whole = whole[:-1] + " "
            continue
        if whole.strip():
            yield _need(whole.strip(), REQUIREMENTS, first)
        whole = ""
    if whole.strip():
        yield _need(whole.strip(), REQUIREMENTS, first)


def _of_project(text: str) -> Iterator[Need | Problem]:
    try:
        asked = tomllib.loads(text).get("project", {}).get("dependencies", [])
    except (tomllib.TOMLDecodeError, AttributeError) as error:
        yield _problem(PROJECT, 0, f"This file cannot be read: {error}.")
        return
    for each in asked if isinstance(asked, list) else [asked]:
        yield _need(str(each), PROJECT, 0)


def _need(text: str, file: str, line: int) -> Need | Problem:
    """The wish, or why it cannot be followed."""
    hashes = tuple(_HASH.findall(text))
    plain = _HASH.sub("", text).strip()
    if plain.startswith("-") or " --" in plain:
        return _problem(file, line, f"Options are not followed here: {plain:.100}")
    try:
        requirement = Requirement(plain)
    except InvalidRequirement:
        return _problem(file, line, f"This names no package: {plain:.100}")
    if requirement.url:
        return _problem(
            file, line, f"Packages come from an index, not from addresses: {plain:.100}"
        )
    return Need(requirement=requirement, hashes=hashes, file=file, line=line)


def _conflict(need: Need) -> Problem | None:
    """A wish that the server's own package contradicts: it has only one of each."""
    name, version = need.requirement.name, _installed(need.requirement.name)
    if not _applies(need) or not version or need.requirement.specifier.contains(version, True):
        return None
    sentence = f"{need.requirement} is asked for, and this server itself needs {name} {version}."
    return _problem(need.file, need.line, sentence)


def _is_here(need: Need) -> bool:
    """Whether nothing has to be done for it. Extras may ask for more than what is there."""
    return not _applies(need) or bool(_installed(need.requirement.name) and not _extras(need))


def _applies(need: Need) -> bool:
    return need.requirement.marker is None or need.requirement.marker.evaluate()


def _extras(need: Need) -> set[str]:
    return need.requirement.extras


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _problem(file: str, line: int, message: str) -> Problem:
    return Problem(code="packages_refused", message=message, file=file, line=line)
