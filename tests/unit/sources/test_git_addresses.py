"""Addresses, branches and package names of repositories."""

import pytest

from jobsmith.sources.git.addresses import (
    refusal_of_ref,
    refusal_of_slug,
    refusal_of_url,
    slug_of,
)

GOOD_URLS = ["https://git.example.com/net/jobs.git", "http://127.0.0.1:8080/a", "https://[::1]/a"]
BAD_URLS = [
    "", "file:///etc", "git://x/y", "ext::sh -c true", "ssh://x/y", "git@x:y", "/srv/repo",
    "--upload-pack=touch x", "https://user:pw@x/y", "https://user@x/y", "https://", "https:///y",
    "https://x/y z", "https://x/\x00", "https://x/y?token=1", "https://x/y#z", "https://x:99999/y",
    "https://x/\ny", "https://x\\@y/z", "https://x/$HOME", "javascript:alert(1)", "https://[::1",
]  # fmt: skip
BAD_REFS = [
    "", "-x", "--upload-pack=x", "a..b", "a b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b",
    "a@{1}", "@", "/a", "a/", "a//b", "a.lock", "a.", ".a", "a/.b", "a\x00", "a\n", "a.lock/b",
]  # fmt: skip


@pytest.mark.parametrize("url", GOOD_URLS)
def test_addresses_of_web_servers_are_taken(url: str) -> None:
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
