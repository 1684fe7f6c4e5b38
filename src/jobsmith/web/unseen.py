"""Characters that nobody sees, made visible in every page.

Those that turn the direction of text make a name read as another one; control characters hide in
it. Each gets a box of its own that names it, and turns nothing around it.
"""

import re

from django.utils.html import format_html

TURNS = "\u202a-\u202e\u2066-\u2069"
"""Embeddings, overrides and isolates of the bidirectional algorithm."""
CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
"""All but tabs and ends of lines."""
UNSEEN = re.compile(f"[{TURNS}{CONTROLS}]")
_MARKUP = re.compile(
    r"<(?:title|option|textarea)\b[^<>]*>[^<]*"  # text that may hold no box
    r"|<(?:\"[^\"]*\"|'[^']*'|[^'\"<>])*>"
)
"""Each repetition stops where another tag begins, so no text makes it slow."""
_READ_ONLY = ("<title", "<option")


def unseen_shown(page: str) -> str:
    """The page with a box for each such character of its text; attributes stay as they are."""
    if not UNSEEN.search(page):
        return page
    parts, at = [], 0
    for found in _MARKUP.finditer(page):
        parts += [_boxed(page[at : found.start()]), _plain(found[0])]
        at = found.end()
    return "".join((*parts, _boxed(page[at:])))


def _boxed(text: str) -> str:
    return UNSEEN.sub(lambda found: _box(found[0]), text)


def _box(mark: str) -> str:
    code = f"U+{ord(mark):04X}"
    return format_html('<span class="jsm-turn" data-code="{}">{}</span>', code, mark)


def _plain(markup: str) -> str:
    """What is typed into goes back as it came; titles and choices are only read."""
    if not markup.startswith(_READ_ONLY):
        return markup
    head, end, text = markup.partition(">")
    return head + end + UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text)
