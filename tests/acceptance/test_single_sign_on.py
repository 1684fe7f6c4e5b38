"""People sign in at an OpenID Connect provider: a real server, a provider on loopback."""

import re
from ast import literal_eval
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.support.oidc_provider import CLIENT, SECRET, Provider
from tests.support.served import Server

SHELL = (
    "from django.contrib.auth import get_user_model as u; "
    "from django.contrib.auth.models import Group; "
)


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with Provider() as started:
        yield started


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Server]:
    home: Path = tmp_path_factory.mktemp("sso")
    (home / "jobs").mkdir()
    served = Server(home, home / "jobs")
    served.env |= {
        "JOBSMITH_OIDC_ISSUER": provider.issuer,
        "JOBSMITH_OIDC_NAME": "Example Corp",
        "JOBSMITH_OIDC_CLIENT_ID": CLIENT,
        "JOBSMITH_OIDC_CLIENT_SECRET": SECRET,
        "JOBSMITH_OIDC_GROUPS_CLAIM": "groups",
        "JOBSMITH_OIDC_LINK": "username",
    }
    served.start()
    shell(served, "[Group.objects.create(name=n) for n in ('operators', 'readers')]")
    yield served
    served.kill()


@pytest.fixture(autouse=True)
def whole(provider: Provider) -> None:
    provider.broken = provider.denies = False


def shell(server: Server, code: str) -> str:
    ran = server.command("manage", "shell", "--verbosity", "0", "-c", SHELL + code)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def groups(server: Server, name: str) -> str:
    code = f"print(*u().objects.get(username={name!r}).groups.values_list('name', flat=True))"
    return shell(server, code)


def sign_in(server: Server, after: str = "/runs/") -> requests.Response:
    with requests.Session() as browser:
        return browser.get(f"http://127.0.0.1:{server.port}/sso/start/?next={after}", timeout=10)


def signed_in_as(page: requests.Response) -> str:
    """Whoever the frame names, whatever the page itself lets them see."""
    found = re.search(r'<span class="jsm-cut">([^<]*)</span>\s*</a>\s*<button', page.text)
    return found[1] if found else ""


def test_the_sign_in_page_names_the_way(server: Server) -> None:
    page = requests.get(f"http://127.0.0.1:{server.port}/runs/", timeout=10)
    assert '<a class="jsm-btn" href="/sso/start/?next=/runs/">' in page.text
    assert "Sign in with Example Corp" in page.text


def test_a_new_person_gets_an_account_in_the_groups_that_exist(
    server: Server, provider: Provider
) -> None:
    provider.claims = {
        "sub": "new", "preferred_username": "olga", "given_name": "Olga",
        "groups": ["operators", "unknown here", 7],
    }  # fmt: skip
    page = sign_in(server)
    assert page.url.endswith("/runs/")
    assert signed_in_as(page) == "olga"
    assert groups(server, "olga") == "operators"
    provider.claims["groups"] = ["readers"]
    assert signed_in_as(sign_in(server)) == "olga"
    assert groups(server, "olga") == "readers"
    told = (
        "o = u().objects.get(username='olga'); "
        "print(o.first_name, o.is_superuser, o.has_usable_password())"
    )
    assert shell(server, told) == "Olga False False"


def test_a_local_user_of_that_name_is_taken_over_but_never_a_superuser(
    server: Server, provider: Provider
) -> None:
    shell(server, "u().objects.create_user('peter', password='kept')")
    provider.claims = {"sub": "peters", "preferred_username": "peter"}
    assert signed_in_as(sign_in(server)) == "peter"
    provider.claims = {"sub": "another", "preferred_username": "peter"}
    assert signed_in_as(sign_in(server)) == "peter2"
    provider.claims = {"sub": "stranger", "preferred_username": "admin"}
    assert signed_in_as(sign_in(server)) == "admin2"
    accounts = (
        "from allauth.socialaccount.models import SocialAccount as a; "
        "rows = a.objects.exclude(uid='new'); "
        "print({r.uid: (r.user.username, r.user.is_superuser) for r in rows})"
    )
    assert literal_eval(shell(server, accounts)) == {
        "peters": ("peter", False),
        "another": ("peter2", False),
        "stranger": ("admin2", False),
    }


def test_who_was_shut_out_stays_out(server: Server, provider: Provider) -> None:
    provider.claims = {"sub": "gone", "preferred_username": "gone"}
    assert signed_in_as(sign_in(server)) == "gone"
    shell(server, "u().objects.filter(username='gone').update(is_active=False)")
    refused = sign_in(server)
    assert refused.status_code == 403
    assert "There is no account for you here." in refused.text


def test_what_goes_wrong_is_told_in_a_page(server: Server, provider: Provider) -> None:
    provider.denies = True
    cancelled = sign_in(server)
    assert (cancelled.status_code, "Start again." in cancelled.text) == (400, True)
    provider.denies, provider.broken = False, True
    away = sign_in(server)
    assert away.status_code == 503
    assert "does not answer" in away.text
    assert away.headers["Content-Security-Policy"]
    address = f"http://127.0.0.1:{server.port}/sso"
    forged = requests.get(f"{address}/oidc/back/?code=x&state=y", timeout=10)
    assert (forged.status_code, "Start again." in forged.text) == (400, True)
    assert requests.get(f"{address}/other/back/?code=x", timeout=10).status_code == 404
    assert "Traceback" not in server.output.read_text(encoding="utf-8")


@pytest.mark.parametrize("after", ["https://evil.example/", "//evil.example", "javascript:1"])
def test_nobody_is_sent_elsewhere_afterwards(
    server: Server, provider: Provider, after: str
) -> None:
    provider.claims = {"sub": "new", "preferred_username": "olga"}
    page = sign_in(server, after)
    assert page.url == f"http://127.0.0.1:{server.port}/"
    assert signed_in_as(page) == "olga"


def test_a_provider_is_named_wholly_and_over_tls(server: Server) -> None:
    kept = server.env
    for wrong, sentence in (
        ({"JOBSMITH_OIDC_ISSUER": "http://idp.example"}, "must start with https://"),
        ({"JOBSMITH_OIDC_CLIENT_SECRET": ""}, "needs JOBSMITH_OIDC_CLIENT_SECRET, too"),
        ({"JOBSMITH_OIDC_LINK": "email"}, "must be one of never, username"),
    ):
        server.env = kept | wrong
        told = server.command("doctor")
        server.env = kept
        assert sentence in told.stderr
        assert "Traceback" not in told.stderr
