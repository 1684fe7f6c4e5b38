"""What a function's docstring says: the description, and help for its parameters."""

import re
from inspect import cleandoc

_SECTION = re.compile(r"^(Args|Arguments|Parameters):\s*$", re.M)
_ENTRY = re.compile(r"^\s+\*{0,2}(\w+)(?:\s*\([^)]*\))?:\s*(.*)$")
_FIELD = re.compile(r"^:param (?:[^:]*\s)?(\w+):\s*(.*(?:\n\s+.*)*)", re.M)
_OTHER = re.compile(r"^(:\w+[^:]*:|\w+:\s*$)", re.M)


def read_docstring(text: str | None) -> tuple[str, dict[str, str]]:
    """The description, and help by parameter: of an ``Args:`` section or of ``:param x:`` lines."""
    text = cleandoc(text or "")
    help_texts = {name: _joined(said) for name, said in _FIELD.findall(text)}
    found = _SECTION.search(text)
    if found:
        help_texts |= _entries(text[found.end() :])
    end = _OTHER.search(text)
    return text[: end.start()].strip() if end else text, help_texts


def _entries(text: str) -> dict[str, str]:
    entries: dict[str, str] = {}
    name = ""
    for line in text.splitlines():
        if line and not line[0].isspace():
            break
        if found := _ENTRY.match(line):
            name = found[1]
            entries[name] = found[2]
        elif name:
            entries[name] += f" {line}"
    return {name: _joined(said) for name, said in entries.items()}


def _joined(text: str) -> str:
    return " ".join(text.split())
