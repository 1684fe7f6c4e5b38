"""Requests for names that the server does not have."""

import logging

import pytest
from django.test import Client

from jobsmith.web.views.errors import FOREIGN_HOST


@pytest.mark.parametrize("path", ["/", "/sign-in/", "/runs/", "/nowhere/"])
def test_a_foreign_host_gets_a_page_that_says_so_and_one_line_in_the_log(
    db: None, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    answer = Client().get(path, HTTP_HOST="evil.example\u202e")
    assert answer.status_code == 400
    assert FOREIGN_HOST in answer.content.decode()
    [record] = caplog.records
    assert (record.levelno, record.exc_info) == (logging.WARNING, None)
    assert "evil" not in record.getMessage()
    assert "JOBSMITH_ALLOWED_HOSTS" in record.getMessage()


@pytest.mark.parametrize("path", ["/api/extras/jobs/", "/api/graphql/"])
def test_a_client_of_an_api_gets_json(db: None, path: str) -> None:
    answer = Client().post(path, HTTP_HOST="evil.example")
    assert (answer.status_code, answer.json()) == (400, {"detail": FOREIGN_HOST})
