"""What can be written at each door, as the doors themselves say: nothing here names a field."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import click

from jobsmith.cli.main import COMMANDS, main

from .described import document

WRITES = ("POST", "PUT", "PATCH")
_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=/)\d+(?=/)")


def fields_of(method: str, address: str) -> list[str]:
    """Fields of the body, as the OpenAPI document has them; none where it knows no body."""
    path = _KEY.sub("{id}", address.partition("?")[0])
    operation = document()["paths"].get(path, {}).get(method.lower(), {})
    content = operation.get("requestBody", {}).get("content", {})
    return list(dict.fromkeys(_properties(content.get("application/json", {}).get("schema", {}))))


def _properties(schema: Any) -> Iterator[str]:
    if name := schema.get("$ref"):
        schema = document()["components"]["schemas"][name.rpartition("/")[2]]
    yield from schema.get("properties", ())
    for part in ("oneOf", "allOf", "anyOf"):
        for each in schema.get(part, ()):
            yield from _properties(each)
    if "items" in schema:
        yield from _properties(schema["items"])


@dataclass
class Form:
    """A form of a page: what it would send as it stands, and all names that it can send."""

    values: dict[str, list[str]] = field(default_factory=dict)
    names: dict[str, None] = field(default_factory=dict)


class Forms(HTMLParser):
    """Forms of a page that post to the page itself."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._form: Form | None = None
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes forms and what they hold."""
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._begin(said)
        elif self._form is None:
            return
        elif tag == "option" and "selected" in said:
            self._form.values.setdefault(self._select, []).append(said.get("value", ""))
        elif tag in ("input", "select", "textarea") and said.get("name"):
            self._control(self._form, tag, said)

    def handle_endtag(self, tag: str) -> None:
        """Controls after the end of a form are not its own."""
        if tag == "form":
            self._form = None

    def handle_data(self, data: str) -> None:
        """Text areas start with what they show; that is of no matter here."""

    def _begin(self, said: dict[str, str]) -> None:
        posts = said.get("method", "").lower() == "post" and not said.get("action")
        self._form = Form() if posts else None
        if self._form is not None:
            self.found.append(self._form)

    def _control(self, form: Form, tag: str, said: dict[str, str]) -> None:
        form.names[said["name"]] = None
        self._select = said["name"]
        is_off = said.get("type") in ("checkbox", "radio") and "checked" not in said
        if tag == "input" and not is_off and said.get("type") != "file":
            form.values.setdefault(said["name"], []).append(said.get("value", ""))


def commands() -> Iterator[tuple[list[str], click.Command]]:
    """Every command that ends by itself, with the words that call it."""
    for name, entry in COMMANDS.items():
        if entry.section == "Serve" or entry.target.startswith("manage:"):
            continue
        found = main.get_command(click.Context(main), name)
        assert found is not None
        inner = found.commands if isinstance(found, click.Group) else {}
        yield from [([name, each], inner[each]) for each in inner] or [([name], found)]
