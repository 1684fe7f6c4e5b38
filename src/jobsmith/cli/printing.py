"""Print lines that others wrote: a coloured name in front, and nothing that moves the cursor."""

import re
from dataclasses import dataclass

import click

COLOURS = {
    "up": "bright_white",
    "web": "cyan",
    "worker": "green",
    "scheduler": "magenta",
    "sync": "yellow",
}
WIDTH = max(map(len, COLOURS))
_COLOUR_CODE = re.compile(r"\x1b\[[0-9;]*m")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the direction of text."""


def printable(text: str) -> str:
    """The text with a mark for what nobody sees: a line must not rewrite the screen or read as
    another."""
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", _COLOUR_CODE.sub("", text))


@dataclass(frozen=True, slots=True)
class Printer:
    """Prints lines of several processes so that one can tell them apart."""

    def line(self, name: str, text: bytes | str) -> None:
        """One line of the process called ``name``."""
        if isinstance(text, bytes):
            text = text.decode(errors="replace")
        label = click.style(f"{name:<{WIDTH}} │", fg=COLOURS.get(name, "white"))
        click.echo(f"{label} {printable(text.rstrip())}")
