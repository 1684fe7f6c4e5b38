"""Somebody at a served page, without a browser: cookies, forms, and what a refused form says."""

import html
import http.cookiejar
import re
import urllib.error
import urllib.parse
import urllib.request
from collections import defaultdict
from collections.abc import Mapping

Refusals = dict[str, list[str]]

_SUMMARY = re.compile(r'id="jsm-errors".*?<ul>(.*?)</ul>', re.DOTALL)
_SENTENCE = re.compile(r'<li>(?:<a href="#id_(\w+)">[^<]*</a>: )?(.*?)</li>', re.DOTALL)


class Visitor:
    """One session on one server."""

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")
        self._cookies = http.cookiejar.CookieJar()
        handler = urllib.request.HTTPCookieProcessor(self._cookies)
        self._opener = urllib.request.build_opener(handler)

    def sign_in(self, username: str, password: str, *, prefix: str = "") -> "Visitor":
        self.get(f"{prefix}/sign-in/")
        self.post(f"{prefix}/sign-in/", {"username": username, "password": password})
        return self

    def get(self, path: str) -> str:
        with self._opener.open(f"{self._address}{path}", timeout=20) as answer:
            return str(answer.read().decode())

    def post(self, path: str, fields: Mapping[str, object]) -> tuple[int, str, str]:
        """Status, address where it led, page; a list is a field with several values."""
        [token] = [each.value for each in self._cookies if each.name == "csrftoken"]
        body = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token}, doseq=True)
        request = urllib.request.Request(f"{self._address}{path}", data=body.encode())
        try:
            with self._opener.open(request, timeout=20) as answer:
                return answer.status, answer.url, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.url, error.read().decode()


def refusals_on(page: str) -> Refusals:
    """The summary of a refused form: sentences by field, ``__all__`` for the whole."""
    found: Refusals = defaultdict(list)
    summary = _SUMMARY.search(page)
    for name, sentence in _SENTENCE.findall(summary[1] if summary else ""):
        found[name or "__all__"].append(html.unescape(sentence))
    return dict(found)
