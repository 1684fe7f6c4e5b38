"""A log of a million lines in a real browser: each can be reached, and is where it should be."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.served import free_port, wait_until

LINES = 1_000_000
ROW = 20
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="NO CHROMIUM: the browser stories did not run"),
]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    port = free_port()
    process = serve(tmp_path_factory.mktemp("long"), port)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(base_url=f"http://127.0.0.1:{port}")
        try:
            wait_until(lambda: answers(page), 150)
            page.fill("[name=username]", "ana.novak")
            page.fill("[name=password]", "pw")
            page.click("text=Sign in >> nth=-1")
            page.goto("/runs/")
            page.click(".jsm-runrow h3 a")
            yield page
        finally:
            browser.close()
            process.terminate()
            process.wait(15)


def serve(home: Path, port: int) -> "subprocess.Popen[bytes]":
    kept = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL"}}
    mine = {
        "JOBSMITH_HOME": str(home),
        "JOBSMITH_SECRET_KEY": "k" * 50,
        "TEST_LONG_LOG": str(LINES),
    }
    program = [sys.executable, "-m", "tests.support.pages_server", str(port)]
    return subprocess.Popen(program, env=kept | mine)


def answers(page: Any) -> bool:
    from playwright.sync_api import Error

    try:
        page.goto("/sign-in/")
    except Error:
        return False
    return True


def in_view(page: Any) -> list[int]:
    """Numbers of the lines that a person sees, top down; all of them are read."""
    page.wait_for_function(
        """() => {
          const box = document.querySelector(".jsm-log-b").getBoundingClientRect();
          const seen = [...document.querySelectorAll(".jsm-ln")].filter((line) => {
            const at = line.getBoundingClientRect();
            return at.bottom > box.top && at.top < box.bottom;
          });
          return seen.length > 10 && !seen.some((line) => line.matches(".ph"));
        }"""
    )
    found = page.evaluate(
        """() => {
          const box = document.querySelector(".jsm-log-b").getBoundingClientRect();
          return [...document.querySelectorAll(".jsm-ln")]
            .map((line) => [line.getBoundingClientRect(), line.querySelector(".m").textContent])
            .filter(([at]) => at.top >= box.top - 1 && at.bottom <= box.bottom + 1)
            .sort(([a], [b]) => a.top - b.top)
            .map(([, text]) => text);
        }"""
    )
    numbers = [int(re.fullmatch(r"this is line (\d+)", text)[1]) for text in found]  # type: ignore[index]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    return numbers


def press(page: Any, key: str) -> None:
    page.focus(".jsm-log-b")
    page.keyboard.press(key)
    before: list[int] = []
    while before != (before := at_rest(page)):
        pass


def at_rest(page: Any) -> list[int]:
    """What is in view after a moment: on a busy machine the way there may take several."""
    page.wait_for_timeout(400)
    return in_view(page)


def test_both_ends_are_there_and_the_page_is_not_taller_than_browsers_allow(page: Any) -> None:
    page.wait_for_selector(f"[data-count]:has-text('{LINES:,} lines')")
    assert in_view(page)[0] == 1
    press(page, "End")
    wait_until(lambda: in_view(page)[-1] == LINES)
    press(page, "Home")
    wait_until(lambda: in_view(page)[0] == 1)
    height = page.evaluate("document.querySelector('.jsm-log-pad').offsetHeight")
    assert height < 16_000_000 < LINES * ROW
    assert page.locator(".jsm-ln").count() < 120


def test_the_bar_goes_to_its_share_of_the_log_and_the_wheel_line_by_line(page: Any) -> None:
    page.evaluate(
        "() => { const box = document.querySelector('.jsm-log-b');"
        " box.scrollTop = (box.scrollHeight - box.clientHeight) / 2 }"
    )
    page.wait_for_timeout(300)
    middle = in_view(page)[0]
    assert abs(middle - LINES / 2) < 50
    page.hover(".jsm-log-b")
    for turn in range(1, 16):
        page.mouse.wheel(0, 10 * ROW)
        page.wait_for_timeout(60)
        assert abs(in_view(page)[0] - (middle + 10 * turn)) <= 1
    page.wait_for_timeout(400)  # the bar is put right meanwhile
    assert abs(in_view(page)[0] - (middle + 150)) <= 1
    for _ in range(15):
        page.mouse.wheel(0, -10 * ROW)
        page.wait_for_timeout(60)
    assert abs(in_view(page)[0] - middle) <= 1


def test_the_wheel_reaches_the_very_first_and_the_very_last_line(page: Any) -> None:
    page.hover(".jsm-log-b")
    for key, turn, end in (("Home", ROW * 200, 1), ("End", -ROW * 200, LINES)):
        press(page, key)
        for _ in range(3):
            page.mouse.wheel(0, turn)
            page.wait_for_timeout(60)
        away = in_view(page)
        assert end not in away
        for _ in range(8):
            page.mouse.wheel(0, -turn)
            page.wait_for_timeout(60)
        page.wait_for_timeout(400)
        assert end in in_view(page)


@pytest.mark.parametrize("line", [2, 750_001, 850_000, 999_990])
def test_a_link_leads_to_any_line(page: Any, line: int) -> None:
    page.goto(page.url.split("#")[0] + f"#L{line}")
    page.wait_for_selector(f".jsm-ln.hit:has-text('this is line {line}')")
    assert line in in_view(page)


def test_a_filter_finds_lines_everywhere_and_leads_back(page: Any) -> None:
    page.click("[data-level=error]")
    page.wait_for_selector(f"[data-count]:has-text('10 of {LINES:,} lines')")
    page.wait_for_selector(f".jsm-ln:has-text('this is line {LINES}')")
    page.click("[data-level='']")
    page.wait_for_selector(f"[data-count]:text-is('{LINES:,} lines')")
    assert in_view(page)[0] == 1
