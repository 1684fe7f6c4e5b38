"""Every page in a real browser: light, dark, wide, narrow, by keyboard and without scripts."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.support.served import free_port, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
}
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("pages")) as address:
        yield address


@contextmanager
def serving(home, **more: str) -> Iterator[str]:
    port = free_port()
    kept = {
        k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.pages_server", str(port)],
        env=kept | {"JOBSMITH_HOME": str(home), "JOBSMITH_SECRET_KEY": "k" * 50} | more,
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
    request = first("/approvals/?show=waiting", ".jsm-recs tbody th a")
    return {
        "approvals": "/approvals/",
        "all approvals": "/approvals/?show=all",
        "approval": request,
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
        "code": f"{running}code/",
        "a file of the code": f"{running}code/?file=vlans.py",
        "cancel": f"{running}cancel/",
        "problems": "/problems/",
        "delete job": f"{job}delete/",
        "delete run": f"{good}delete/",
        "choose jobs": "/?select=1",
        "choose runs": "/runs/?select=1",
        **bulk(page, site),
    }


def bulk(page: Page, site: str) -> dict[str, str]:
    def ticked(path: str) -> str:
        page.goto(site + path)
        boxes = page.locator("input[name=pk]")
        return "&".join(f"pk={boxes.nth(n).get_attribute('value')}" for n in range(3))

    jobs = ticked("/?select=1")
    return {
        "edit jobs": f"/jobs/edit/?{jobs}",
        "delete jobs": f"/jobs/delete/?{jobs}",
        "delete runs": f"/runs/delete/?{ticked('/runs/?select=1')}",
        "none chosen": "/jobs/edit/",
    }


RECORDS = {
    "users": "/access/users/",
    "groups": "/access/groups/",
    "permissions": "/access/permissions/",
    "tokens": "/access/tokens/",
    "repositories": "/repositories/",
    "queues": "/queues/",
    "approval rules": "/approvals/rules/",
    "approval stages": "/approvals/stages/",
    "tags": "/tags/",
    "saved queries": "/graphql/queries/",
}


def administration(page: Page, site: str) -> dict[str, str]:
    found = {"account": "/account/", "graphql": "/graphql/", "audit": "/access/audit/"}
    for name, path in RECORDS.items():
        page.goto(site + path)
        record = page.locator(".jsm-recs tbody th a").first.get_attribute("href") or ""
        found |= {name: path, f"add to {name}": f"{path}add/", f"one of {name}": record}
        if "?" not in record:
            found[f"delete one of {name}"] = f"{record}delete/"
    page.goto(f"{site}/access/audit/?action=update")
    change = page.locator(".jsm-recs tbody th a").first.get_attribute("href") or ""
    page.goto(site + "/?q=Reconcile")
    page.click(".jsm-job h3 a")
    note = page.locator(".jsm-notes article a", has_text="Edit").get_attribute("href") or ""
    return found | {"change": change, "note": note}


@pytest.mark.parametrize("places", [addresses, administration])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_page_is_accessible_quiet_and_fits(browser, site, theme, size, places):
    context = browser.new_context(viewport=size, color_scheme=theme, reduced_motion="reduce")
    page = sign_in(context, site)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    wrong = []
    for name, path in places(page, site).items():
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


def test_text_that_turns_direction_is_shown_and_turns_nothing_around_it(browser, site):
    context = browser.new_context(viewport=WIDE)
    page = sign_in(context, site)
    page.goto(site + addresses(page, site)["running"])
    page.wait_for_selector(".jsm-ln .m")
    shown = page.evaluate(
        """() => {
          const log = document.querySelector("jsm-log");
          const line = log.message("good \u202elive [a\u2066b](/runs/1/)");
          document.querySelector(".jsm-ln .m").replaceWith(line);
          const range = document.createRange();
          const left = (text) => {
            range.selectNodeContents(text);
            return range.getBoundingClientRect().left;
          };
          const [, , after] = line.childNodes;
          return {
            text: line.textContent,
            codes: [...line.querySelectorAll(".jsm-turn")].map((each) => each.dataset.code),
            inOrder: left(line.firstChild) < left(after),
            held: getComputedStyle(line.querySelector(".jsm-turn")).unicodeBidi,
          };
        }"""
    )
    assert shown == {
        "text": "good \u202elive a\u2066b",
        "codes": ["U+202E", "U+2066"],
        "inOrder": True,
        "held": "isolate",
    }
    context.close()


def test_long_names_of_files_wrap_on_a_phone(browser, site):
    context = browser.new_context(viewport=NARROW)
    page = sign_in(context, site)
    page.goto(site + addresses(page, site)["files"])
    name = "report_" * 20 + ".csv"
    page.evaluate("name => document.querySelector('.jsm-files a span').textContent = name", name)
    box = page.locator(".jsm-files a span").first.bounding_box() or {}
    assert box["x"] + box["width"] < NARROW["width"]
    assert box["height"] > 40
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
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


def test_related_records_are_picked_by_keyboard_and_the_best_match_comes_first(browser, site):
    context = browser.new_context(viewport=WIDE)
    page = sign_in(context, site)
    page.goto(f"{site}/access/permissions/add/")
    kinds = page.get_by_role("combobox", name="Kinds of record")
    kinds.click()
    kinds.press_sequentially("job")
    kinds.press("Enter")  # at once: what was typed counts, not what stood there
    page.wait_for_selector(".jsm-tok span:has-text('(jobsmith.job)')")
    assert page.locator("#id_object_types_select option:checked").count() == 1
    users = page.get_by_role("combobox", name="Users")
    with page.expect_response("**/objects/users/?q=ana"):
        users.fill("ana")
    page.wait_for_selector("#id_users_list [role=option]:has-text('ana.novak')")
    assert users.get_attribute("aria-expanded") == "true"
    assert not Axe().run(page, options=RULES).response["violations"]
    users.press("ArrowDown")
    assert users.get_attribute("aria-activedescendant") == "id_users_list_0"
    users.press("Escape")
    assert page.is_hidden("#id_users_list")
    assert page.locator("#id_users_select option:checked").count() == 0
    users.fill("nobody has this name")
    page.wait_for_selector("jsm-pick [role=status]:has-text('Nothing found')")
    users.press("Enter")
    assert page.url == f"{site}/access/permissions/add/"
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
    page.wait_for_selector("#jsm-errors")
    page.goto(f"{site}/runs/?status=STARTED")
    page.click(".jsm-runrow h3 a")
    page.click("text=Cancel run")
    page.wait_for_selector("text=Cancel this run?")
    context.close()


def test_many_jobs_are_chosen_and_edited(browser, site):
    context = browser.new_context(viewport=WIDE)
    page = sign_in(context, site)
    page.click("text=Select")
    edit = page.locator(".jsm-bulk >> text=Edit")
    expect(edit).to_be_disabled()
    page.check("[aria-label='Choose Provision tenant']")
    page.check("[aria-label='Choose Export usage report']")
    assert page.inner_text("[data-chosen]") == "2 chosen"
    page.click("[data-all]")
    assert page.inner_text("[data-all]") == "Untick all"
    page.click("[data-all]")
    page.check("[aria-label='Choose Provision tenant']")
    edit.click()
    page.fill("[name=time_limit]", "77")
    page.click("text=Save 1 job")
    page.wait_for_selector(".jsm-told:has-text('Job saved.')")
    context.close()


def test_a_token_is_copied_and_a_query_is_run(browser, site):
    context = browser.new_context(viewport=WIDE)
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site)
    page = sign_in(context, site)
    page.goto(f"{site}/access/tokens/add/")
    page.fill("[name=description]", "From a browser")
    page.click("text=Save")
    page.click("[data-copies]")
    page.wait_for_selector("[data-copies]:has-text('Copied')")
    assert page.evaluate("navigator.clipboard.readText()") == page.input_value("#token-text")
    page.goto(f"{site}/graphql/")
    page.wait_for_selector("[data-schema-list] summary:text-is('jobs')")
    page.fill("[data-schema-find]", "job_q")
    assert page.locator("[data-schema-list] details:visible").count() >= 2
    page.click("[data-schema-list] summary:text-is('job_queues')")
    page.wait_for_selector("[data-schema-list] li:has-text('queue_type')")
    page.fill("[name=query]", "query ($n: Int) { jobs(limit: $n) { name } }")
    page.fill("[name=variables]", "{")
    page.click("[data-graphql] .jsm-btn.hot")
    assert "no JSON" in page.inner_text("[data-bad-variables]")
    page.fill("[name=variables]", '{"n": 1}')
    page.press("[name=variables]", "Control+Enter")
    page.wait_for_selector("[data-answer]:has-text('jobs')")
    page.route("**/api/graphql/", lambda route: route.fulfill(
        status=501, json={"errors": [{"message": "GraphQL is not installed here."}]}
    ))  # fmt: skip
    page.press("[name=query]", "Control+Enter")
    page.wait_for_selector("[data-refusal]:has-text('GraphQL is not installed here.')")
    context.close()


def test_administration_works_without_scripts(browser, site):
    context = browser.new_context(viewport=NARROW, java_script_enabled=False)
    page = sign_in(context, site)
    page.goto(f"{site}/queues/add/")
    page.fill("[name=name]", "no scripts")
    page.click("text=Save")
    page.wait_for_url(f"{site}/queues/*/")
    page.click("text=Delete")
    page.click("text=Delete >> nth=-1")
    page.wait_for_selector("text=Queue deleted.")
    page.goto(f"{site}/?select=1")
    page.check("[aria-label='Choose Provision tenant']")
    page.click(".jsm-bulk >> text=Edit")
    page.wait_for_selector("text=Edit 1 job")
    page.goto(f"{site}/graphql/")
    page.click("[data-graphql] .jsm-btn.hot")
    page.wait_for_selector('text=/"data"/')
    context.close()
