"""Addresses, branches and package names of repositories."""

import pytest

from jobsmith.compat.table import TOPS
from jobsmith.sources.git.addresses import (
    STOOD_IN_FOR,
    refusal_of_ref,
    refusal_of_slug,
    refusal_of_subfolder,
    refusal_of_url,
    slug_of,
)
from jobsmith.sources.git.ssh_address import SshAddress, ssh_address

GOOD_URLS = [
    "https://git.example.com/net/jobs.git", "http://127.0.0.1:8080/a", "https://[::1]/a",
    "ssh://x/y", "ssh://git@x:2222/y.git", "ssh://x/~ada/y", "ssh://[::1]:22/y", "git@x:y",
    "git@git.example.com:net/jobs.git", "git@x:/srv/y", "git@x:~ada/y", "git@[::1]:y",
]  # fmt: skip
BAD_URLS = [
    "", "file:///etc", "git://x/y", "ext::sh -c true", "/srv/repo", "git@x:y z", "git@x:", "git@x",
    "@x:y", "x:y", "-oProxyCommand=x@y:z", "git@-oProxyCommand=x:y", "git@x:-y", "ssh://-oProxyCommand=x/y",
    "ssh://git@-x/y", "ssh://-x@y/z", "ssh://git:pw@x/y", "ssh://x", "ssh://x/", "ssh:///y",
    "ssh://x:0/y", "ssh://x:99999/y", "ssh://x/y?z", "ssh://x/y#z", "git@x:y'z", "git@x:$(z)",
    "git@x:y;z", "git@x::y", "git@x y:z", "git@x/y:z", "ssh://x/y`z`", "git@[x]:y",
    "--upload-pack=touch x", "https://user:pw@x/y", "https://user@x/y", "https://", "https:///y",
    "https://x/y z", "https://x/\x00", "https://x/y?token=1", "https://x/y#z", "https://x:99999/y",
    "https://x/\ny", "https://x\\@y/z", "https://x/$HOME", "javascript:alert(1)", "https://[::1",
]  # fmt: skip
BAD_REFS = [
    "", "-x", "--upload-pack=x", "a..b", "a b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b",
    "a@{1}", "@", "/a", "a/", "a//b", "a.lock", "a.", ".a", "a/.b", "a\x00", "a\n", "a.lock/b",
]  # fmt: skip


@pytest.mark.parametrize("url", GOOD_URLS)
def test_addresses_of_servers_are_taken(url: str) -> None:
    assert refusal_of_url(url) == ""


@pytest.mark.parametrize("url", BAD_URLS)
def test_other_addresses_are_refused(url: str) -> None:
    assert refusal_of_url(url)


@pytest.mark.parametrize("ref", ["main", "team/next", "v1.2", "release-3", "a" * 40, "über"])
def test_names_of_branches_are_taken(ref: str) -> None:
    assert refusal_of_ref(ref) == ""


@pytest.mark.parametrize("ref", BAD_REFS)
def test_names_that_git_would_read_otherwise_are_refused(ref: str) -> None:
    assert refusal_of_ref(ref)


def test_a_package_is_named_after_the_repository() -> None:
    assert slug_of("Net-Jobs (EU)") == "net_jobs_eu"


@pytest.mark.parametrize("slug", ["net_jobs", "a", "_x1"])
def test_names_of_packages_are_taken(slug: str) -> None:
    assert refusal_of_slug(slug) == ""


@pytest.mark.parametrize(
    "slug", ["", "1a", "a-b", "A", "class", "match", "json", "django", "jobsmith", "a" * 81, "é"]
)
def test_names_that_mean_something_else_are_refused(slug: str) -> None:
    assert refusal_of_slug(slug)


@pytest.mark.parametrize("slug", sorted(TOPS))
def test_names_that_the_import_names_of_the_peer_need_are_refused(slug: str) -> None:
    assert slug in STOOD_IN_FOR
    assert refusal_of_slug(slug)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("git@x:net/jobs.git", ("x", 22, "git", "net/jobs.git")),
        ("ssh://ada@x:2222/net/jobs.git", ("x", 2222, "ada", "/net/jobs.git")),
        ("ssh://x/~ada/jobs", ("x", 22, "", "/~ada/jobs")),
        ("ssh://[::1]/jobs", ("::1", 22, "", "/jobs")),
    ],
)
def test_an_ssh_address_tells_where_and_as_whom(text: str, meaning: tuple[str, ...]) -> None:
    host, port, user, path = meaning
    assert ssh_address(text) == SshAddress(host=host, port=port, user=user, path=path)


@pytest.mark.parametrize(
    "path",
    [
        *("/etc", "/", "..", "../x", "a/../b", "a//b", "./a", "a/.", "a\\b", "C:/x", "a\nb"),
        *(".git", "a/.hidden", "node_modules", "\u202ea", "a/"),
    ],
)
def test_folders_that_lead_elsewhere_are_refused(path: str) -> None:
    assert refusal_of_subfolder(path)


@pytest.mark.parametrize("path", ["", "ops", "ops/net jobs", "é/ü"])
def test_folders_within_a_repository_are_taken(path: str) -> None:
    assert refusal_of_subfolder(path) == ""
