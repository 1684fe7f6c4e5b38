"""Texts that try to become more than text when a page shows them."""

from collections import Counter
from html.parser import HTMLParser

CALL = "pwned()"
"""What all of them want to be executed."""

HTML = (
    f"<script>{CALL}</script>",
    f'"><script>{CALL}</script>',
    f"</textarea></title></pre></option></select><script>{CALL}</script>",
    f"<ScRiPt src=data:text/javascript,{CALL}></sCrIpT>",
    f"<img src=x onerror={CALL}>",
    f"<svg onload={CALL}>",
    f"<svg><animate onbegin={CALL} attributeName=x dur=1s><a xlink:href=javascript:{CALL}>",
    f"<math><mtext><style><img src=x onerror={CALL}>",
    f"<details open ontoggle={CALL}>",
    f"' autofocus onfocus='{CALL}",
    f'" onmouseover="{CALL}" x="',
    f'<iframe srcdoc="<script>parent.{CALL}</script>"></iframe>',
    f'<a href="javascript:{CALL}">here</a>',
    f'<a href="data:text/html,<script>{CALL}</script>">here</a>',
    f'<form action="javascript:{CALL}"><button>here</button></form>',
    "<style>*{display:none}</style>",
    '<p style="position:fixed;inset:0">over everything</p>',
    '<link rel="stylesheet" href="//evil.example/x.css">',
    '<meta http-equiv="refresh" content="0;url=//evil.example/">',
    '<base href="//evil.example/">',
    f'<div hx-get="/sign-out/" hx-trigger="load" hx-on:click="{CALL}">here</div>',
    '<jsm-log data-feed="log" data-rows="//evil.example/" data-stream="//evil.example/">',
    '<input name="csrfmiddlewaretoken" value="x" id="jsm-cancel">',
    f"<!--><img src=x onerror={CALL}>-->",
    "{{ request.user.password }}{% debug %}",
)
MARKDOWN = (
    f"[here](javascript:{CALL})",
    f"[here](JaVaScRiPt:{CALL})",
    f"[here](java\tscript:{CALL})",
    f"[here](&#106;avascript:{CALL})",
    f"[here](%6Aavascript:{CALL})",
    f"[here](vbscript:{CALL})",
    "[here](data:text/html;base64,PHNjcmlwdD5wd25lZCgpPC9zY3JpcHQ+)",
    f"[here][1]\n\n[1]: javascript:{CALL}",
    f"<javascript:{CALL}>",
    f"![x](javascript:{CALL})",
    f'![x](x"onerror="{CALL})',
    "![a pixel that tells](https://evil.example/x.png)",
    f'[here](https://example.org "x\\" onmouseover=\\"{CALL}")',
    f"```html\n<script>{CALL}</script>\n```",
    f"`<img src=x onerror={CALL}>`",
    f"| a |\n|---|\n| <svg onload={CALL}> |",
)
TEXTS = HTML + MARKDOWN

ADDRESSES = ("href", "src", "action", "formaction", "xlink:href", "data", "srcset", "poster")
Tag = tuple[str, dict[str, str]]
Shape = Counter[tuple[str, tuple[str, ...]]]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Tag] = []
        self._prose = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if self._prose:
            self._prose += tag == "div"
            return
        self._prose += "jsm-prose" in given.get("class", "").split()
        self.found.append((tag, given))

    def handle_endtag(self, tag: str) -> None:
        self._prose -= bool(self._prose) and tag == "div"


def tags(page: str) -> list[Tag]:
    """Tags of a page with their attributes; those inside rendered Markdown are left out."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.found


def shape(page: str) -> Shape:
    """How often each tag with each set of attributes occurs."""
    return Counter((tag, tuple(sorted(attributes))) for tag, attributes in tags(page))


def foreign_addresses(page: str) -> list[str]:
    """Addresses that are not of this server."""
    return [
        value
        for _, attributes in tags(page)
        for name, value in attributes.items()
        if name in ADDRESSES or (name.startswith("hx-") and name.endswith(("get", "post")))
        if not value.startswith(("/", "#", "?")) or value.startswith(("//", "/\\"))
        if value
    ]
