"""The first thing a stranger does: sign in, upload a log, watch, cancel, download."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.served import PASSWORD, Server

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
EXAMPLES = Path(__file__).parents[2] / "examples" / "jobs"
LINES = 300_000

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="NO CHROMIUM: the browser stories did not run"),
]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path, EXAMPLES)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def page(server: Server) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(base_url=f"http://127.0.0.1:{server.port}")
        page.goto("/")
        page.get_by_label("Username").fill("admin")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        yield page
        browser.close()


@pytest.fixture
def access_log(tmp_path: Path) -> Path:
    path = tmp_path / "access.log"
    with path.open("w") as log:
        for number in range(LINES):
            status = 500 if number % 97 == 0 else 200
            log.write(
                f"10.0.{number % 250}.7 - - [25/Nov/2026:10:00:{number % 60:02d} +0000] "
                f'"GET /page/{number % 50} HTTP/1.1" {status} {number % 5000} "-" "curl/8"\n'
            )
    return path


def open_form(page: Any, job: str) -> None:
    page.goto("/")
    page.get_by_role("link", name=job, exact=True).first.click()
    page.get_by_role("link", name="Run", exact=False).first.wait_for()
    page.goto(page.url.split("?")[0] + "run/")


def test_a_log_is_analysed_while_its_reader_watches(page: Any, access_log: Path) -> None:
    open_form(page, "Log analysis")
    page.get_by_label("Log file").set_input_files(str(access_log))
    page.get_by_role("button", name="Run job").click()
    page.wait_for_url("**/runs/**")
    page.get_by_text("lines read, 0 bad").first.wait_for()
    assert page.get_by_role("link", name="Cancel run").is_visible()  # so it has not ended
    page.locator("h1 ~ *, .jsm-head").get_by_text("With warnings").first.wait_for(timeout=60_000)
    page.goto(page.url.split("?")[0] + "?tab=files")
    with page.expect_download() as download:
        page.get_by_role("link", name="log-analysis.csv").first.click()
    text = Path(download.value.path()).read_text()
    assert "500" in text


def test_a_running_job_is_cancelled_from_its_page(page: Any) -> None:
    open_form(page, "Maintenance rehearsal")
    page.get_by_label("Title").fill("Rack 4")
    page.get_by_label("Steps").fill("50")
    page.get_by_role("button", name="Run job").click()
    page.wait_for_url("**/runs/**")
    page.get_by_text("is ready").first.wait_for()
    page.get_by_role("link", name="Cancel run").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel run").click()
    page.get_by_text("Cancelled").first.wait_for(timeout=30_000)
