"""Job buttons and a job hook in a real browser, on a server as `make up` starts it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.acceptance.test_pages import CHROMIUM, RULES
from tests.support.served import PASSWORD, Server, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

EXAMPLES = Path(__file__).parents[2] / "examples" / "jobs"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    found = Server(tmp_path_factory.mktemp("buttons"), EXAMPLES)
    try:
        found.start()
        yield found
    finally:
        found.kill()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as started:
        found = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


def signed_in(browser: Browser, server: Server, name: str = "admin", **options: object) -> Page:
    page = browser.new_context(**options).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(20_000)
    page.goto(f"http://127.0.0.1:{server.port}/sign-in/")
    page.fill("[name=username]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("text=Sign in >> nth=-1")
    page.wait_for_url(f"http://127.0.0.1:{server.port}/")
    return page


def to_a_device(page: Page) -> None:
    page.click("nav >> text=Devices")
    page.click("text=fra-sw-01")


def screenshot(page: Page, name: str) -> None:
    if folder := os.environ.get("TEST_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_a_visitor_presses_a_button_and_follows_the_run(browser: Browser, server: Server) -> None:
    page = signed_in(browser, server)
    wrong: list[str] = []
    page.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)
    to_a_device(page)
    assert not Axe().run(page, options=RULES).response["violations"]
    page.click("text=Check fra-sw-01")
    assert "for fra-sw-01?" in page.inner_text("dialog.jsm-asks")
    screenshot(page, "asks")
    page.click("dialog.jsm-asks >> text=Back")
    page.wait_for_selector("dialog.jsm-asks", state="detached")
    page.click("text=Check fra-sw-01")
    page.click("dialog.jsm-asks button[value=run]")
    page.wait_for_selector(".jsm-said >> text=Check a device was started.")
    screenshot(page, "toast")
    page.click(".jsm-said >> text=Show the run")
    page.wait_for_selector("text=Succeeded")
    assert wrong == []


def test_without_scripts_a_page_asks(browser: Browser, server: Server) -> None:
    page = signed_in(browser, server, java_script_enabled=False)
    page.goto(f"http://127.0.0.1:{server.port}/inventory/devices/")
    page.click("text=osl-fw-01")
    here = page.url
    page.click("text=Check osl-fw-01")
    assert "Run Check a device for osl-fw-01?" in page.inner_text("h1")
    screenshot(page, "asks-without-scripts")
    page.click("button >> text=Run")
    assert page.url == here
    page.click(".jsm-told >> text=Show the run")
    assert "/runs/" in page.url


def test_who_lacks_the_right_has_no_live_button(browser: Browser, server: Server) -> None:
    code = (
        "from tests.support.factories import get_user_model, Permission\n"
        "u = get_user_model()._default_manager.create_user(username='olga', password='%s')\n"
        "u.user_permissions.add(Permission.objects.get(codename='view_device'))\n"
    )
    env = {**server.env, "PYTHONPATH": str(Path(__file__).parents[2])}
    server.env, kept = env, server.env
    made = server.command("manage", "shell", "-c", code % PASSWORD)
    server.env = kept
    assert made.returncode == 0, made.stderr
    page = signed_in(browser, server, "olga")
    page.goto(f"http://127.0.0.1:{server.port}/inventory/devices/")
    page.click("text=fra-sw-01")
    assert page.locator(".jsm-buttons form").count() == 0
    assert page.locator(".jsm-jb").is_disabled()
    assert "You do not have permission" in page.inner_text(".jsm-jb-off")
    screenshot(page, "no-right")


def test_a_saved_device_fires_a_hook(browser: Browser, server: Server) -> None:
    jobs = server.api("extras/jobs/?job_class_name=TellChange")["results"]
    hook = server.api(
        "extras/job-hooks/",
        {
            "name": "Devices",
            "content_types": ["inventory.device"],
            "job": jobs[0]["id"],
            "type_update": True,
            "changed_fields": ["serial"],
        },
    )
    page = signed_in(browser, server)
    to_a_device(page)
    for field, text in (("address", "192.0.2.12"), ("serial", "NEW-SERIAL")):
        page.fill(f"[name={field}]", text)
        page.click("button >> text=Save")
        page.wait_for_selector(".jsm-told >> text=is saved.")

    def runs() -> list[dict[str, object]]:
        found: list[dict[str, object]] = server.api("extras/job-results/?name=Tell%20a%20change")[
            "results"
        ]
        return found

    wait_until(lambda: [each["status"]["value"] for each in runs()] == ["SUCCESS"])  # type: ignore[index]
    page.goto(f"http://127.0.0.1:{server.port}/hooks/{hook['id']}/")
    assert page.locator("text=fra-sw-01").count() == 1
    screenshot(page, "hook")
    page.get_by_role("link", name="Run", exact=True).click()
    page.wait_for_selector("text=admin: update fra-sw-01")


def test_four_variants_can_be_looked_at(browser: Browser, server: Server) -> None:
    wait_until(lambda: server.answers("/-/ready"))
    for scheme in ("light", "dark"):
        for width in (1440, 390):
            page = signed_in(
                browser,
                server,
                color_scheme=scheme,
                viewport={"width": width, "height": 900},
            )
            for path, name in (
                ("/inventory/devices/", "devices"),
                ("/inventory/devices/1/", "device"),
                ("/buttons/", "buttons"),
                ("/buttons/add/", "button-add"),
                ("/hooks/", "hooks"),
                ("/hooks/add/", "hook-add"),
            ):
                page.goto(f"http://127.0.0.1:{server.port}{path}")
                wide = page.evaluate("document.documentElement.scrollWidth")
                assert wide <= width, (path, scheme, width)
                if width > 1000:
                    assert not Axe().run(page, options=RULES).response["violations"], path
                screenshot(page, f"{name}-{scheme}-{width}")
            page.context.close()
