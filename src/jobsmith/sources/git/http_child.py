"""The program behind `fetch` for addresses of web servers."""

from typing import Any

from dulwich.client import GitClient, HttpGitClient
from dulwich.config import ConfigDict

from .fetching import answer_with


def connect(request: dict[str, Any], learnt: dict[str, Any]) -> tuple[GitClient, str]:
    """A client that waits a bounded time and reads no configuration."""
    client = HttpGitClient(
        request["url"],
        config=ConfigDict(),
        username=request["username"] or None,
        password=request["token"] or None,
        timeout=request["patience"],
        quiet=True,
    )
    return client, ""


if __name__ == "__main__":
    answer_with(connect)
