"""Every page in a real browser: light, dark, wide, narrow, by keyboard and without scripts."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.support.served import free_port, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
}
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("pages")
    port = free_port()
    kept = {
        k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.pages_server", str(port)],
        env=kept | {"JOBSMITH_HOME": str(home), "JOBSMITH_SECRET_KEY": "k" * 50},
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: answers(f"{address}/-/live"), 60)
        yield address
    finally:
        process.terminate()
        process.wait(15)


def answers(address: str) -> bool:
    import urllib.request

    try:
        with urllib.request.urlopen(address, timeout=2) as page:
            return page.status == 200
    except OSError:
        return False


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as started:
        found = started.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield found
        found.close()


def sign_in(context: BrowserContext, site: str) -> Page:
    page = context.new_page()
    page.goto(f"{site}/sign-in/")
    page.fill("[name=username]", "ana.novak")
    page.fill("[name=password]", "pw")
    page.click("text=Sign in >> nth=-1")
    page.wait_for_url(f"{site}/")
    return page


def addresses(page: Page, site: str) -> dict[str, str]:
    def first(path: str, selector: str) -> str:
        page.goto(site + path)
        return page.locator(selector).first.get_attribute("href") or ""

    job = first("/?q=Reconcile", ".jsm-job h3 a")
    running = first("/runs/?status=STARTED", ".jsm-runrow h3 a")
    failed = first("/runs/?status=FAILURE&q=BGP", ".jsm-runrow h3 a")
    good = first("/runs/?status=SUCCESS&q=Back", ".jsm-runrow h3 a")
    return {
        "catalogue": "/",
        "no job matches": "/?q=zzzz",
        "job": job,
        "form": f"{job}run/",
        "edit": f"{job}edit/",
        "runs": "/runs/",
        "running": running,
        "failed": failed,
        "result": f"{good}?tab=result",
        "console": f"{good}?tab=console",
        "files": f"{good}?tab=files",
        "inputs": f"{running}?tab=inputs",
        "cancel": f"{running}cancel/",
        "problems": "/problems/",
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_page_is_accessible_quiet_and_fits(browser, site, theme, size):
    context = browser.new_context(viewport=size, color_scheme=theme, reduced_motion="reduce")
    page = sign_in(context, site)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    wrong = []
    for name, path in addresses(page, site).items():
        page.goto(site + path)
        page.wait_for_timeout(400)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > size["width"]:
            wrong.append(f"{name}: {width} px wide")
        for found in Axe().run(page, options=RULES).response["violations"]:
            nodes = [node["html"][:160] for node in found["nodes"][:3]]
            wrong.append(f"{name}: {found['id']}: {nodes}")
    context.close()
    assert not wrong, "\n".join(wrong)
    assert not said


def test_the_sign_in_page_is_accessible(browser, site):
    for theme in ("light", "dark"):
        page = browser.new_page(color_scheme=theme, viewport=NARROW)
        page.goto(f"{site}/sign-in/")
        assert not Axe().run(page, options=RULES).response["violations"]
        page.close()


def test_the_log_shows_its_end_finds_text_and_links_to_lines(browser, site):
    context = browser.new_context(viewport=WIDE)
    page = sign_in(context, site)
    page.goto(site + addresses(page, site)["running"])
    page.wait_for_selector(".jsm-ln:has-text('12000')")
    assert page.locator(".jsm-ln").count() < 120
    page.fill("[data-find]", "vlan 399 ")
    page.wait_for_selector("[data-count]:has-text('40 of 12,000 lines')")
    page.fill("[data-find]", "")
    page.click("[data-level=error]")
    page.wait_for_selector("[data-count]:has-text('3 of 12,000 lines')")
    page.click("[data-level='']")
    page.goto(page.url.split("#")[0] + "#L5000")
    page.wait_for_selector(".jsm-ln.hit:has-text('5000')")
    context.close()


def test_a_link_in_a_line_is_a_link_and_nothing_else_is(browser, site):
    context = browser.new_context(viewport=WIDE)
    page = sign_in(context, site)
    page.goto(site + addresses(page, site)["running"])
    page.wait_for_selector(".jsm-ln .m")
    lines = page.evaluate(
        """() => ["Created file [a.csv](/runs/1/)",
          "[x](//evil) [y](javascript:1) [z](/\\\\e)"].map(
          (each) => document.querySelector("jsm-log").message(each).outerHTML)"""
    )
    assert lines[0] == '<span class="m">Created file <a href="/runs/1/">a.csv</a></span>'
    assert "<a" not in lines[1]
    context.close()


def test_keys_search_jump_and_can_be_turned_off(browser, site):
    context = browser.new_context(viewport=WIDE)
    page = sign_in(context, site)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("r")
    page.wait_for_url(f"{site}/runs/")
    page.keyboard.press("?")
    page.uncheck("#jsm-keys-on")
    page.click("#jsm-keys >> text=Close")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    page.wait_for_timeout(300)
    assert page.url == f"{site}/runs/"
    context.close()


def test_the_menu_opens_on_a_phone_and_the_theme_stays(browser, site):
    context = browser.new_context(viewport=NARROW, color_scheme="light")
    page = sign_in(context, site)
    page.click("[aria-label=Menu]")
    page.click("#jsm-menu [aria-label='Dark theme']")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.click("#jsm-menu >> text=Runs")
    page.wait_for_url(f"{site}/runs/")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    context.close()


def test_the_form_hides_what_is_not_asked_picks_records_and_says_the_command(browser, site):
    context = browser.new_context(viewport=WIDE)
    page = sign_in(context, site)
    page.goto(site + addresses(page, site)["form"])
    assert page.is_visible("#f-ticket")
    page.check("#id_dryrun")
    assert page.is_hidden("#f-ticket")
    page.fill("#id_owner", "ana")
    page.wait_for_selector("#id_owner_list [role=option]:has-text('ana.novak')")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.input_value("#id_owner") == "ana.novak"
    assert "dryrun=true" in page.inner_text("[data-command]")
    assert "owner=" in page.inner_text("[data-command]")
    context.close()


def test_the_pages_work_without_scripts(browser, site):
    context = browser.new_context(viewport=WIDE, java_script_enabled=False)
    page = sign_in(context, site)
    page.fill("[name=q]", "firmware")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=firmware*")
    assert page.locator(".jsm-job").count() == 1
    page.click(".jsm-job .act a")
    page.fill("[name=max_failures]", "99")
    page.click("text=Run job")
    assert page.is_visible("#jsm-errors")
    page.goto(f"{site}/runs/?status=STARTED")
    page.click(".jsm-runrow h3 a")
    page.click("text=Cancel run")
    assert page.is_visible("text=Cancel this run?")
    context.close()
