"""Signing in, headers, theme, health and pages for what went wrong."""

import os
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobsmith.conf import conf
from jobsmith.models import Worker
from jobsmith.processes.liveness import hold, lock_path
from jobsmith.web.security import POLICY
from tests.support import factories as make

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/", "/runs/", "/problems/", "/sign-in/", "/nowhere/"])
def test_every_page_carries_the_strict_policy_and_nothing_inline(client, path):
    response = client.get(path, follow=True)
    assert response["Content-Security-Policy"] == POLICY
    assert response["X-Content-Type-Options"] == "nosniff"
    page = response.content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=", page)


def test_whoever_is_not_signed_in_is_sent_to_the_sign_in_page_and_back(admin):
    browser = Client()
    answer = browser.get("/runs/?q=x")
    assert answer["Location"] == "/sign-in/?next=/runs/%3Fq%3Dx"
    sent = {"username": "ana", "password": "pw", "next": "/runs/?q=x"}
    assert browser.post("/sign-in/", sent)["Location"] == "/runs/?q=x"
    assert browser.post("/sign-out/")["Location"] == "/sign-in/"
    assert browser.get("/").status_code == 302


@pytest.mark.parametrize(
    ("login", "sent_to"),
    [
        ("/accounts/login/", "/sign-in/"),
        ("/runs/?way=in", "/runs/?way=in&"),
        ("https://who.example/in", "https://who.example/in?"),
        ("jobsmith:problems", "/problems/"),
    ],
)
def test_a_login_url_that_leads_nowhere_gives_way_to_our_own_page(settings, login, sent_to):
    settings.LOGIN_URL = login
    assert Client().get("/")["Location"].startswith(sent_to)


def test_a_wrong_password_says_so_and_leads_nowhere_else(admin):
    sent = {"username": "ana", "password": "no", "next": "//evil.example/"}
    answer = Client().post("/sign-in/", sent)
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()


def test_the_theme_is_kept_in_a_cookie(client):
    assert "data-theme" not in client.get("/").content.decode()
    client.post(reverse("jobsmith:theme"), {"theme": "dark"})
    assert '<html lang="en" data-theme="dark">' in client.get("/").content.decode()
    client.post(reverse("jobsmith:theme"), {"theme": ""})
    assert "data-theme" not in client.get("/").content.decode()


def test_scripts_that_are_not_signed_in_get_json_and_no_redirect():
    answer = Client().get(f"/runs/{make.make_result().pk}/log/")
    assert answer.status_code == 401
    assert answer.json()["detail"]


def test_live_says_yes_and_ready_names_what_is_missing():
    browser = Client()
    assert browser.get("/-/live").status_code == 200
    answer = browser.get("/-/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {
        "database": True, "migrations": True, "worker": False, "scheduler": False
    }  # fmt: skip
    make.make_worker()
    make.make_worker(kind=Worker.Kind.SCHEDULER)
    assert browser.get("/-/ready").status_code == 200
    Worker.objects.update(beat_at=timezone.now() - timedelta(seconds=11))
    assert browser.get("/-/ready").status_code == 503


@pytest.mark.parametrize("kind", ["worker", "scheduler"])
def test_a_process_of_this_machine_that_died_is_missed_at_once(kind):
    rows = {each: make.make_worker(kind=each) for each in Worker.Kind}
    lock = hold(lock_path(conf().home, rows[kind].pk))
    assert Client().get("/-/ready").status_code == 200
    os.close(lock)  # as the system does when a process is killed
    checks = Client().get("/-/ready").json()["checks"]
    assert [name for name, good in checks.items() if not good] == [kind]


def test_an_unknown_address_is_a_page_of_ours(client):
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert "Nothing here" in answer.content.decode()


def test_a_broken_view_shows_no_traceback(client, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("jobsmith.policies.problems", None)
    answer = client.get("/problems/")
    assert answer.status_code == 500
    assert "Something broke" in answer.content.decode()
    assert "TypeError" not in answer.content.decode()


def test_worker_health_stands_at_the_foot_of_the_rail(client):
    assert "No worker is running" in client.get("/").content.decode()
    make.make_worker()
    assert "1 worker up" in client.get("/").content.decode()


@pytest.mark.parametrize("method", ["TRACE", "OPTIONS", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/", "/runs/", "/objects/"])
def test_pages_answer_to_no_other_method(client, method, path):
    answer = client.generic(method, path)
    assert answer.status_code == 405
    assert answer["Allow"] == "GET, HEAD, POST"
