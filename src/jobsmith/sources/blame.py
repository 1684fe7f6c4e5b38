"""From an author's exception to a problem with file and line."""

from collections.abc import Iterator
from pathlib import Path
from traceback import FrameSummary, extract_tb

from jobsmith.compat import MissingHere
from jobsmith.errors import DatabaseWithheld
from jobsmith.specs import Problem

MESSAGE_LENGTH = 500


def problem_of(error: BaseException, *, root: Path, file: str) -> Problem:
    """The problem of a file (path from ``root``) whose import raised ``error``."""
    places = list(_places(error, root))
    deepest = places[-1] if places else (file, 0)
    file = file or (places[0][0] if places else "")
    line = next((line for name, line in reversed(places) if name == file), 0)
    elsewhere = f" (from {deepest[0]}:{deepest[1]})" if deepest[0] != file else ""
    message = said(error).replace(f"{root}/", "") + elsewhere
    return Problem(code=_code(error), message=message, file=file, line=line)


def _code(error: BaseException) -> str:
    if isinstance(error, MissingHere):
        return "missing_here"
    if any(isinstance(each, DatabaseWithheld) for each in _chain(error)):
        return DatabaseWithheld.code
    return "syntax_error" if isinstance(error, SyntaxError) else "import_error"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came of."""
    link: BaseException | None = error
    seen: set[int] = set()
    while link is not None and id(link) not in seen:
        yield link
        seen.add(id(link))
        link = link.__context__ if link.__cause__ is None else link.__cause__


def said(error: BaseException) -> str:
    """``Type: message``, however hard the exception makes it."""
    try:
        text = error.msg if isinstance(error, SyntaxError) else str(error)
    except BaseException:  # author code may raise anything from __str__
        text = ""
    text = " ".join(str(text).split())[:MESSAGE_LENGTH]
    if isinstance(error, MissingHere):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _places(error: BaseException, root: Path) -> Iterator[tuple[str, int]]:
    """File (from the root) and line of each frame in the source, outermost first."""
    for frame in _frames(error):
        path = Path(frame.filename)
        if path.is_relative_to(root):
            yield path.relative_to(root).as_posix(), frame.lineno or 0


def _frames(error: BaseException) -> Iterator[FrameSummary]:
    yield from extract_tb(error.__traceback__)
    if isinstance(error, SyntaxError) and error.filename:
        yield FrameSummary(error.filename, error.lineno or 0, "")
