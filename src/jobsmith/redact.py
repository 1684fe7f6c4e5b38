"""Takes secrets out of text before it is stored, in time linear in its length."""

import re
from collections.abc import Collection, Iterable
from typing import Any

from jobsmith.conf import conf

REDACTED = "(redacted)"
MIN_SECRET = 4
"""Shorter values would take half the words out of a log."""

MIN_REACH, MAX_REACH = 8 * 1024, 256 * 1024

_NAMES = (
    r"password|passwd|pwd|passphrase|secret|(?:api|secret|private|access)[_-]?key"
    r"|(?:access|auth)[_-]?token"
)
"""What a secret is called in any text."""
_SECRET_KEY = re.compile(rf"(?i)(?:{_NAMES}|token|authorization|credentials?)$")
"""What it is called, moreover, as a key beside a value."""
_SECRET_COLUMN = re.compile(
    r"passw|passphrase|pwd|secret|token|seal|hash|credential|(private|api|session|access)_?key|session_data",
    re.IGNORECASE,
)
"""What it is called anywhere in the name of a column."""
_HINTS = (
    *("pass", "pwd", "secret", "token", "api", "auth", "private", "access", "bearer"),
    *("://", "jsm_"),
)
"""Without one of these no pattern finds anything; looking for them costs next to nothing."""
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\bjsm_[A-Za-z0-9]{1,64}\.[A-Za-z0-9_-]{8,256}"), REDACTED),
    (
        re.compile(
            r"(?i)\b((?:proxy-)?authorization['\"]? ?[:=] ?['\"]?(?:bearer|basic|token) )\S{1,4096}"
        ),
        rf"\1{REDACTED}",
    ),
    (re.compile(r"(?i)\b(bearer )[A-Za-z0-9._~+/=-]{8,4096}"), rf"\1{REDACTED}"),
    (
        re.compile(rf"(?i)((?:{_NAMES})['\"]? ?[:=] ?['\"]?)[^\s'\",;&]{{1,4096}}"),
        rf"\1{REDACTED}",
    ),
    (re.compile(r"(://[^\s/:@]{0,256}:)[^\s/@]{1,256}(?=@)"), rf"\1{REDACTED}"),
)
"""Every repetition is bounded and starts at a fixed word, so no text makes them slow."""


class Redactor:
    """Redacts the secrets of one run and what looks like one."""

    def __init__(
        self, secrets: Iterable[str] = (), patterns: Iterable[tuple[str, str]] = ()
    ) -> None:
        """``patterns`` are further (regex, replacement) pairs, from the settings."""
        known = sorted({each for each in secrets if len(each) >= MIN_SECRET}, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, known))) if known else None
        self._extra = [(re.compile(find), put) for find, put in patterns]
        longest = len(known[0]) if known else 0
        self.reach = min(max(longest, MIN_REACH), MAX_REACH)
        """How many characters may have to be seen together to find a secret."""

    def redact(self, text: str) -> str:
        """The text without secrets."""
        if self._secrets is not None:
            text = self._secrets.sub(REDACTED, text)
        lowered = text.lower()
        if any(hint in lowered for hint in _HINTS):
            for pattern, replacement in _PATTERNS:
                text = pattern.sub(replacement, text)
        for pattern, replacement in self._extra:
            text = pattern.sub(replacement, text)
        return text

    def redact_json(self, value: object) -> object:
        """The same for every text in a JSON value; keys that name a secret hide their value."""
        if isinstance(value, str):
            return self.redact(value)
        if isinstance(value, list):
            return [self.redact_json(each) for each in value]
        if isinstance(value, dict):
            return {self.redact(str(key)): self._value(key, each) for key, each in value.items()}
        return value

    def _value(self, key: object, value: object) -> object:
        nothing = isinstance(value, bool) or value in (None, "", [], {})
        hidden = not nothing and _SECRET_KEY.search(str(key))
        return REDACTED if hidden else self.redact_json(value)


def secret_texts(values: Collection[object]) -> set[str]:
    """All texts in JSON values: what to look for when they were secret inputs."""
    found: set[str] = set()
    left = list(values)
    while left:
        value = left.pop()
        if isinstance(value, str):
            found |= {value, *value.splitlines()}
        elif isinstance(value, dict):
            left += value.values()
        elif isinstance(value, list):
            left += value
    return found


def names_a_secret(column: str) -> bool:
    """Whether what a column of a table holds is secret, going by the column's name."""
    return bool(_SECRET_COLUMN.search(column))


def is_secret(model: type[Any], name: str) -> bool:
    """Whether what a field of a model holds is shown to nobody.

    By its name, by ``jobsmith_secret_fields`` of the model, or by ``AUDIT_SECRET_FIELDS``.
    """
    if names_a_secret(name) or name in getattr(model, "jobsmith_secret_fields", ()):
        return True
    return f"{model._meta.label_lower}.{name}" in map(str.lower, conf().audit_secret_fields)


def redact(text: str) -> str:
    """Redact what looks like a secret."""
    return Redactor().redact(text)
