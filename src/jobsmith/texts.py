"""Texts of job buttons: they look like templates, and can name values and little else.

``{{ obj.name }}``, filters such as ``{{ obj.name|upper }}``, ``{% if … %}`` with ``elif`` and
``else``, comparisons, ``and``, ``or``, ``not``, and ``{# remarks #}``. There are no loops, calls,
subscripts or attributes: a name is a path that whoever renders looks up, among plain values.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Path = tuple[str, ...]
LookUp = Callable[[Path], Any]
"""The value that a path names: text, a number, a boolean, or None where there is none."""
Expression = Callable[[LookUp], Any]

MOST_SHOWN = 200
MOST_NESTED = 20
ROOTS = frozenset({"obj", "user"})

_TAGS = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\})", re.S)
_TOKENS = re.compile(
    r"""\s*(?:(?P<string>"[^"\\]*"|'[^'\\]*')|(?P<number>\d+(?:\.\d+)?)"""
    r"""|(?P<name>[A-Za-z_]\w*(?:\.\w+)*)|(?P<sign>==|!=|<=|>=|[<>|()]))""",
    re.A,
)
_WORDS = {"true": True, "false": False, "none": None, "True": True, "False": False, "None": None}

FILTERS: dict[str, Callable[[Any], Any]] = {
    "capitalize": lambda value: _said(value).capitalize(),
    "length": lambda value: len(_said(value)),
    "lower": lambda value: _said(value).lower(),
    "title": lambda value: _said(value).title(),
    "trim": lambda value: _said(value).strip(),
    "upper": lambda value: _said(value).upper(),
}
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: _ordered(left, right) and left < right,
    "<=": lambda left, right: _ordered(left, right) and left <= right,
    ">": lambda left, right: _ordered(left, right) and left > right,
    ">=": lambda left, right: _ordered(left, right) and left >= right,
    "in": lambda left, right: _said(left) in _said(right),
}


class TextBroken(ValueError):
    """The text is none of these; the sentence says why."""


@dataclass(frozen=True, slots=True)
class ButtonText:
    """A text that was read; rendering it cannot fail."""

    parts: tuple[Expression, ...]
    paths: frozenset[Path]
    """What it names."""

    def render(self, look_up: LookUp) -> str:
        """One line of plain text, to be escaped like any other."""
        said = "".join(_said(part(look_up)) for part in self.parts)
        line = " ".join(said.split())
        return line if len(line) <= MOST_SHOWN else line[: MOST_SHOWN - 1] + "…"


def read(text: str) -> ButtonText:
    """The text; raises TextBroken."""
    reader = _Reader(list(filter(None, _TAGS.split(text))))
    parts, _ = reader.body(())
    return ButtonText(tuple(parts), frozenset(reader.paths))


class _Reader:
    """Reads the pieces of a text one after another."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self.pieces = iter(pieces)
        self.paths: set[Path] = set()
        self.depth = 0

    def body(self, ends: tuple[str, ...]) -> tuple[list[Expression], str]:
        """Parts up to one of these tags, and what that tag holds; the end of the text for none."""
        parts: list[Expression] = []
        for piece in self.pieces:
            if not _TAGS.fullmatch(piece):
                parts.append(_literal(_plain(piece)))
            elif piece.startswith("{%"):
                said = _inside(piece)
                if _parted(said)[0] in ends:
                    return parts, said
                parts.append(self._choice(said))
            elif piece.startswith("{{"):
                parts.append(self._expression(_inside(piece)))
        if ends:
            raise TextBroken("An {% if %} has no {% endif %}.")
        return parts, ""

    def _choice(self, said: str) -> Expression:
        word, test = _parted(said)
        if word != "if":
            raise TextBroken(f"{{% {said[:40]} %}} is not known here; only if, elif, else, endif.")
        self._deeper()
        branches: list[tuple[Expression, list[Expression]]] = []
        while True:
            condition = self._expression(test) if word != "else" else _literal(True)
            ends = ("endif",) if word == "else" else ("elif", "else", "endif")
            parts, end = self.body(ends)
            branches.append((condition, parts))
            word, test = _parted(end)
            if word == "endif":
                self.depth -= 1
                return _chosen(branches)

    def _expression(self, said: str) -> Expression:
        tokens = _Tokens(said, self._name)
        found = tokens.either()
        tokens.must_end()
        return found

    def _name(self, name: str) -> Expression:
        path = tuple(name.split("."))
        if path[0] not in ROOTS:
            raise TextBroken(f"{path[0][:40]} is not known here; only obj and user are.")
        if any(each.startswith("_") for each in path):
            raise TextBroken("Names do not begin with an underscore.")
        self.paths.add(path)
        return lambda look_up: look_up(path)

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > MOST_NESTED:
            raise TextBroken("It is nested too deeply.")


class _Tokens:
    """Reads one expression, from what binds least to what binds most."""

    def __init__(self, said: str, name: Callable[[str], Expression]) -> None:
        self.said, self.name, self.depth = said, name, 0
        self.tokens = list(_tokens(said))
        self.tokens.reverse()

    def either(self) -> Expression:
        """``a or b``."""
        found = [self._both()]
        while self._take("or"):
            found.append(self._both())
        return found[0] if len(found) == 1 else _any(found)

    def must_end(self) -> None:
        """Refuse what is left over."""
        if self.tokens:
            raise TextBroken(f"{self.said[:60]} is not understood after {self.tokens[-1][1][:20]}.")

    def _both(self) -> Expression:
        found = [self._negated()]
        while self._take("and"):
            found.append(self._negated())
        return found[0] if len(found) == 1 else _all(found)

    def _negated(self) -> Expression:
        times = 0
        while self._take("not"):
            times += 1
        found = self._compared()
        return _not(found) if times % 2 else found

    def _compared(self) -> Expression:
        left = self._filtered()
        for sign, compare in COMPARISONS.items():
            if self._take(sign):
                return _comparison(compare, left, self._filtered())
        if len(self.tokens) > 1 and [each[1] for each in self.tokens[-2:]] == ["in", "not"]:
            del self.tokens[-2:]
            return _not(_comparison(COMPARISONS["in"], left, self._filtered()))
        return left

    def _filtered(self) -> Expression:
        found = self._operand()
        while self._take("|"):
            kind, name = self._next()
            if name == "default" and self._take("("):
                found = _default(found, self._operand())
                self._expect(")")
            elif kind == "name" and name in FILTERS:
                found = _filter(FILTERS[name], found)
            else:
                known = ", ".join(("default", *FILTERS))
                raise TextBroken(f"There is no filter {name[:40]}; there are {known}.")
        return found

    def _operand(self) -> Expression:
        kind, token = self._next()
        if kind == "string":
            return _literal(token[1:-1])
        if kind == "number":
            return _literal(float(token) if "." in token else int(token))
        if kind == "name" and token in _WORDS:
            return _literal(_WORDS[token])
        if kind == "name" and token not in {"and", "or", "not", "in"}:
            return self.name(token)
        if (kind, token) == ("sign", "("):
            return self._bracketed()
        raise TextBroken(f"{self.said[:60]} is not understood at {token[:20]}.")

    def _bracketed(self) -> Expression:
        self.depth += 1
        if self.depth > MOST_NESTED:
            raise TextBroken("It is nested too deeply.")
        found = self.either()
        self._expect(")")
        self.depth -= 1
        return found

    def _next(self) -> tuple[str, str]:
        if not self.tokens:
            raise TextBroken(f"{self.said[:60] or 'An empty expression'} is not finished.")
        return self.tokens.pop()

    def _take(self, token: str) -> bool:
        if self.tokens and self.tokens[-1][0] != "string" and self.tokens[-1][1] == token:
            self.tokens.pop()
            return True
        return False

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise TextBroken(f"{self.said[:60]} lacks a {token}.")


def _tokens(said: str) -> Iterator[tuple[str, str]]:
    place, said = 0, said.rstrip()
    while place < len(said):
        found = _TOKENS.match(said, place)
        if found is None:
            raise TextBroken(f"{said[:60]} is not understood at {said[place:].strip()[:20]}.")
        place = found.end()
        yield str(found.lastgroup), found[str(found.lastgroup)]


def _inside(piece: str) -> str:
    return piece[2:-2].strip("-+ \t\r\n")


def _parted(said: str) -> tuple[str, str]:
    word, _, rest = " ".join(said.split(None, 1)).partition(" ")
    return word, rest


def _plain(piece: str) -> str:
    for mark in ("{{", "{%", "{#"):
        if mark in piece:
            raise TextBroken(f"{mark} is not closed.")
    return piece


def _literal(value: Any) -> Expression:
    return lambda _: value


def _any(found: Sequence[Expression]) -> Expression:
    def first(look_up: LookUp) -> Any:
        values = (each(look_up) for each in found)
        return next((value for value in values if value), None)

    return first


def _all(found: Sequence[Expression]) -> Expression:
    def last(look_up: LookUp) -> Any:
        value: Any = True
        for each in found:
            value = each(look_up)
            if not value:
                break
        return value

    return last


def _not(found: Expression) -> Expression:
    return lambda look_up: not found(look_up)


def _filter(change: Callable[[Any], Any], found: Expression) -> Expression:
    return lambda look_up: change(found(look_up))


def _default(found: Expression, other: Expression) -> Expression:
    def choose(look_up: LookUp) -> Any:
        value = found(look_up)
        return other(look_up) if value in (None, "") else value

    return choose


def _comparison(
    compare: Callable[[Any, Any], bool], left: Expression, right: Expression
) -> Expression:
    return lambda look_up: compare(left(look_up), right(look_up))


def _chosen(branches: list[tuple[Expression, list[Expression]]]) -> Expression:
    def choose(look_up: LookUp) -> str:
        for condition, parts in branches:
            if condition(look_up):
                return "".join(_said(part(look_up)) for part in parts)
        return ""

    return choose


def _ordered(left: Any, right: Any) -> bool:
    """Whether the two can be compared at all."""
    return all(isinstance(each, int | float) for each in (left, right)) or all(
        isinstance(each, str) for each in (left, right)
    )


def _said(value: Any) -> str:
    return "" if value is None else str(value)
