"""Settings from the environment: ``JOBSMITH_<KEY>`` for each key, ``<NAME>_FILE`` for secrets."""

import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import Field, fields
from pathlib import Path
from typing import Any, get_origin

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from jobsmith.conf import Conf

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off", ""})
NOT_FROM_ENVIRONMENT = frozenset({"places", "sanitizer_patterns", "sign_in_with"})
"""Settings with a structure that a single variable cannot carry."""


def text(name: str, default: str = "") -> str:
    """The variable, or the contents of the file that ``<name>_FILE`` names."""
    path = os.environ.get(f"{name}_FILE")
    if not path:
        return os.environ.get(name, default)
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error}.") from error


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list without empty parts."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def one_of(name: str, known: tuple[str, ...]) -> str:
    """One of these words, the first where nothing is said."""
    given = text(name).lower() or known[0]
    if given not in known:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(known)}, not {given!r}.")
    return given


def switch(name: str, *, default: bool = False) -> bool:
    """A yes or no; anything else is refused rather than guessed."""
    return _as_bool(name, os.environ[name]) if name in os.environ else default


def mapping(name: str) -> dict[str, Any]:
    """A JSON object; anything else is refused."""
    try:
        value = json.loads(text(name) or "{}")
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is no JSON: {error}.") from error
    if not isinstance(value, dict):
        raise ImproperlyConfigured(f"{name} must be a JSON object.")
    return value


def jobsmith_settings() -> dict[str, Any]:
    """Every key of ``settings.JOBSMITH`` that the environment names."""
    return {
        each.name.upper(): _read(each)
        for each in fields(Conf)
        if each.name not in NOT_FROM_ENVIRONMENT and text(f"JOBSMITH_{each.name.upper()}")
    }


def secret_key(home: Path) -> str:
    """``JOBSMITH_SECRET_KEY``, or a key made once and kept in the home folder for its owner."""
    given = text("JOBSMITH_SECRET_KEY")
    if given:
        return given
    path = home / "secret.key"
    with writing(home):
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(64))
        return path.read_text(encoding="utf-8").strip()


@contextmanager
def writing(home: Path) -> Iterator[None]:
    """Whatever the home folder does not let us do is told in a sentence."""
    try:
        yield
    except OSError as error:
        said = f"JOBSMITH_HOME is {home}, which cannot be used: {error.strerror}."
        raise ImproperlyConfigured(f"{said} Name a folder that you may write to.") from error


def database(home: Path) -> dict[str, Any]:
    """What ``DATABASE_URL`` names, or the file in the home folder; never told in an error."""
    url = text("DATABASE_URL") or f"sqlite:///{home / 'db' / 'jobsmith.sqlite3'}"
    try:
        return dict(dj_database_url.parse(url))
    except ValueError as error:
        raise ImproperlyConfigured(
            "DATABASE_URL cannot be read. Write it as postgres://user:password@host:5432/name, "
            "or leave it out for a file in JOBSMITH_HOME."
        ) from error


def _write_once(path: Path, content: str) -> None:
    """Two servers that start at once must agree: the first whole file wins."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content + "\n")
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def _read(each: "Field[Any]") -> Any:
    name = f"JOBSMITH_{each.name.upper()}"
    kind = each.type if isinstance(each.type, type) else get_origin(each.type)
    convert = _as_text if kind is None else _CONVERTERS.get(kind, _as_text)
    return convert(name, text(name))


def _as_bool(name: str, value: str) -> bool:
    if value.lower() not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")
    return value.lower() in TRUE


def _as_int(name: str, value: str) -> int:
    number = _as_float(name, value)
    if not number.is_integer():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.")
    return int(number)


def _as_float(name: str, value: str) -> float:
    try:
        return float(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a number, not {value!r}.") from error


def _as_words(name: str, _value: str) -> tuple[str, ...]:
    return tuple(words(name))


def _as_mapping(name: str, _value: str) -> dict[str, Any]:
    return mapping(name)


def _as_text(_name: str, value: str) -> str:
    return value


_CONVERTERS: Mapping[Any, Callable[[str, str], Any]] = {
    bool: _as_bool,
    int: _as_int,
    float: _as_float,
    tuple: _as_words,
    Mapping: _as_mapping,
}
