"""Who looks at pages."""

import pytest
from django.test import Client

from tests.support import factories as make


@pytest.fixture
def admin(db):
    return make.make_admin("ana")


@pytest.fixture
def client(admin):
    browser = Client()
    browser.force_login(admin)
    return browser


@pytest.fixture
def stranger(db):
    browser = Client()
    browser.force_login(make.make_user("nobody"))
    return browser
