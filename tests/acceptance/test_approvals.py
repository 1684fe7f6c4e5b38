"""Ask, look, approve, run: two people in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.acceptance.test_pages import browser as browser
from tests.acceptance.test_pages import serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("approvals")
    with serving(home, JOBSMITH_ACCEPT_WITHOUT_WORKER="true") as address:
        yield address


@pytest.fixture
def pages(browser: Browser, site: str) -> Iterator[tuple[Page, Page]]:
    contexts = [browser.new_context() for _ in "12"]
    people = ("chiara.rossi", PASSWORD), ("ana.novak", "pw")
    signed_in = []
    for context, (name, password) in zip(contexts, people, strict=True):
        page = context.new_page()
        page.goto(f"{site}/sign-in/")
        page.fill("[name=username]", name)
        page.fill("[name=password]", password)
        page.click("text=Sign in >> nth=-1")
        page.wait_for_url(f"{site}/")
        signed_in.append(page)
    yield signed_in[0], signed_in[1]
    for context in contexts:
        context.close()


def test_what_one_asks_for_another_approves_and_then_it_runs(
    pages: tuple[Page, Page], site: str
) -> None:
    chiara, ana = pages
    ana.goto(site + "/?q=BGP")
    job = ana.locator(".jsm-job h3 a").first.get_attribute("href")
    ana.goto(f"{site}{job}edit/")
    ana.check("[name=approval_required_override]")
    ana.check("[name=approval_required]")
    ana.click("main button.hot")
    chiara.goto(f"{site}{job}run/")
    assert "needs approval by somebody who may approve it" in chiara.inner_text("main")
    chiara.fill("[name=ticket]", "CHG-77")
    chiara.click("text=Run job")
    assert "It waits for approval" in chiara.inner_text("main")
    ana.goto(site + "/approvals/")
    ana.click(".jsm-recs tbody th a")
    assert "CHG-77" in ana.inner_text("main")
    ana.fill("[name=comments]", "Go ahead.")
    ana.click("button:has-text('Approve')")
    said = ana.inner_text("main")
    assert "You are not among those" not in said
    assert "Approved." in said
    ana.click(".jsm-side .jsm-links a >> nth=-1")
    assert "Approved" in ana.inner_text("main")
    assert "CHG-77" in ana.inner_text("main")
