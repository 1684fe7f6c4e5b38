"""A job that is out to take over its reader's browser, run for real and looked at in Chromium."""

import shutil
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.hostile import TEXTS
from tests.support.served import PASSWORD, Server, wait_until

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(sys.platform != "linux", reason="process trees are read as on Linux"),
    pytest.mark.skipif(CHROMIUM is None, reason="NO CHROMIUM: the browser stories did not run"),
]

JOBS = '''
    """Jobs for tests."""
    from jobsmith.jobs import ChoiceVar, Job, Markdown, StringVar, Table, register_jobs

    TEXTS = %r


    class Thing:
        """What a line is about, at an address that is a script."""

        def __init__(self, text):
            self.text = text

        def __str__(self):
            return self.text

        def get_absolute_url(self):
            return "javascript:pwned()"


    class Hostile(Job):
        word = StringVar(label=TEXTS[0], description=TEXTS[1], default=TEXTS[2])
        pick = ChoiceVar(choices=[(text, text) for text in TEXTS], default=TEXTS[3])

        class Meta:
            name = TEXTS[0]
            description = "\\n\\n".join(TEXTS)

        def run(self, word, pick):
            for text in TEXTS:
                extra = {"object": Thing(text), "grouping": text}
                self.logger.warning(text, extra=extra)
                print(text)
                self.create_file(text.replace("/", "_").replace("\\\\", "_")[:200], "x")
            return {
                **{text: text for text in TEXTS},
                "table": Table(columns=TEXTS, rows=[TEXTS, TEXTS], title=TEXTS[4]),
                "prose": Markdown("\\n\\n".join(TEXTS)),
                "json": [{text: [text]} for text in TEXTS],
            }


    class Fails(Job):
        def run(self):
            raise RuntimeError("".join(TEXTS))


    register_jobs(Hostile, Fails)
'''
WATCH = """
    window.hits = [];
    window.pwned = () => window.hits.push("called");
    addEventListener("securitypolicyviolation", (event) => window.hits.push(event.blockedURI));
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "hostile.py").write_text(textwrap.dedent(JOBS) % (TEXTS,))
    served = Server(tmp_path, tmp_path / "jobs")
    try:
        served.start()
        yield served
    finally:
        served.kill()


@pytest.fixture
def page(server: Server) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(base_url=f"http://127.0.0.1:{server.port}")
        page.add_init_script(WATCH)
        page.goto("/")
        page.get_by_label("Username").fill("admin")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/")
        yield page
        browser.close()


def ended(server: Server, name: str, **inputs: object) -> str:
    pk = server.post_run(name, **inputs)
    wait_until(lambda: server.result(pk)["status"] in {"SUCCESS", "FAILURE"})
    return pk


def test_nothing_of_it_runs_asks_elsewhere_or_trips_the_policy(server: Server, page: Any) -> None:
    good = ended(server, "Hostile", word=TEXTS[5], pick=TEXTS[6])
    assert server.result(good)["status"] == "SUCCESS", server.result(good)["traceback"]
    bad = ended(server, "Fails")
    job = server.api("extras/jobs/?job_class_name=Hostile")["results"][0]["id"]
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    tabs = [f"/runs/{good}/?tab={tab}" for tab in ("log", "console", "result", "files", "inputs")]
    places = ["/", f"/jobs/{job}/", f"/jobs/{job}/run/", f"/jobs/{job}/run/?from={good}"]
    for place in [*places, f"/jobs/{job}/edit/", "/runs/", f"/runs/{bad}/", *tabs]:
        page.goto(place)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("window.hits") == [], place
        links = page.locator("a[href]").evaluate_all("all => all.map(each => each.protocol)")
        assert set(links) <= {"http:", "https:"}, place
    assert said == []
    assert [url for url in asked if not url.startswith(f"http://127.0.0.1:{server.port}/")] == []


def test_its_lines_are_shown_as_they_were_written(server: Server, page: Any) -> None:
    good = ended(server, "Hostile", word=TEXTS[5], pick=TEXTS[6])
    for tab in ("log", "console"):
        page.goto(f"/runs/{good}/?tab={tab}")
        page.get_by_text(TEXTS[0], exact=True).first.wait_for()
        assert page.locator("jsm-log script, jsm-log img, jsm-log iframe").count() == 0
    page.goto(f"/runs/{good}/?tab=log")
    page.locator(".jsm-ln .o").first.wait_for()
    # Only the line that we write ourselves, of the job that runs, links anywhere.
    links = page.locator(".jsm-ln .o a").evaluate_all("all => all.map(each => each.pathname)")
    assert [each for each in links if not each.startswith("/jobs/")] == []
    assert len(links) <= 1
