"""A project that is not ours gains Jobsmith in three lines, and is otherwise as before.

It has its own users, its own ``/api/`` and ``base.html``, routes that are named like ours, no REST
framework among its apps, and serves by gunicorn: without streams, pages ask for new lines.
"""

import os
import shutil
import subprocess
import sys
import textwrap
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pynautobot
import pytest

from tests.support.served import PASSWORD, free_port, wait_until

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
HOST = Path(__file__).parent / "foreign_host"
pytestmark = pytest.mark.slow

JOBS = '''
    """A job over the shop's own records."""
    import time

    from jobsmith.jobs import IntegerVar, Job, JobButtonReceiver, ObjectVar, register_jobs
    from shop.models import Product


    class Restock(Job):
        """Orders more of a product."""

        product = ObjectVar(model=Product)
        count = IntegerVar(default=3)

        def run(self, product, count):
            for number in range(count):
                self.logger.info("crate %s of %s", number + 1, product, extra={"object": product})
                time.sleep(0.4)
            return {"ordered": count}


    class Rename(JobButtonReceiver):
        """Gives a product a better name."""

        def receive_job_button(self, obj):
            obj.name += "!"
            obj.save()


    register_jobs(Restock, Rename)
'''

PEOPLE = """
from django.contrib.auth.models import Permission
from shop.models import Customer, Product
Customer.objects.create_superuser("boss", password={password!r})
clerk = Customer.objects.create_user("clerk", password={password!r})
names = ["view_job", "run_job", "view_jobresult", "view_joblogentry", "view_jobconsoleentry",
         "view_jobfile", "view_product"]
clerk.user_permissions.set(Permission.objects.filter(codename__in=names))
Customer.objects.create_user("guest", password={password!r})
Product.objects.create(name="Tea")
from jobsmith.models import Job
Job.objects.update(enabled=True)
from django.contrib.contenttypes.models import ContentType
from jobsmith.models import JobButton
job = Job.objects.get(job_class_name="Rename")
for text in ("Rename {{{{ obj.name }}}}", "{{% if obj.name == 'Milk' %}}For milk{{% endif %}}"):
    button = JobButton.objects.create(name=text[:9], job=job, text=text)
    button.content_types.add(ContentType.objects.get_for_model(Product))
"""


class Shop:
    """The project, its web server and its worker."""

    def __init__(self, folder: Path, **env: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("JOBSMITH_", "DJANGO_")) and name != "DATABASE_URL"
        }
        paths = [str(HOST), *filter(None, [os.environ.get("PYTHONPATH")])]
        self.env = kept | {
            "SHOP_DIR": str(folder),
            "DJANGO_SETTINGS_MODULE": "shopsite.settings",
            "PYTHONPATH": os.pathsep.join(paths),
            "PASSWORD": PASSWORD,
            **env,
        }
        self.started: list[subprocess.Popen[bytes]] = []
        self.output = folder / "output.log"

    def manage(self, *words: str, stdin: str = "") -> str:
        done = subprocess.run(
            [sys.executable, str(HOST / "manage.py"), *words],
            env=self.env,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, *words: str) -> None:
        with self.output.open("ab") as output:
            self.started.append(
                subprocess.Popen(
                    [sys.executable, *words], env=self.env, stdout=output, stderr=output, cwd=HOST
                )
            )

    def serve(self) -> None:
        bind = f"127.0.0.1:{self.port}"
        self.start(
            *("-m", "gunicorn", "--workers", "2", "--threads", "4", "--bind", bind),
            "shopsite.wsgi",
        )
        wait_until(lambda: self.get("/")[0] == 200, 30)

    def get(self, path: str) -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        except OSError:
            return 0, b""

    def stop(self) -> None:
        for each in self.started:
            each.terminate()
        for each in self.started:
            each.wait(20)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, bytes]]:
    """The shop's pages without Jobsmith."""
    shop = Shop(tmp_path_factory.mktemp("before"))
    shop.manage("migrate", "--verbosity", "0")
    shop.serve()
    found = {path: shop.get(path) for path in ("/", "/api/", "/nothing/")}
    shop.stop()
    return found


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    (folder / "jobs").mkdir()
    (folder / "jobs" / "stock.py").write_text(textwrap.dedent(JOBS))
    shop = Shop(folder, WITH_JOBSMITH="1")
    shop.manage("migrate", "--verbosity", "0")
    shop.manage("shell", "--command", PEOPLE.format(password=PASSWORD))
    shop.serve()
    shop.start(str(HOST / "manage.py"), "jobsmith", "worker")
    try:
        yield shop
    finally:
        shop.stop()


def test_it_took_four_lines_at_most() -> None:
    lines = [
        line
        for path in (HOST / "shopsite").glob("*.py")
        for line in path.read_text().splitlines()
        if "# line" in line
    ]
    assert len(lines) == 3


def test_the_hosts_own_pages_are_as_before(
    shop: Shop, before: dict[str, tuple[int, bytes]]
) -> None:
    for path, answer in before.items():
        assert shop.get(path) == answer, path


def test_the_systems_own_checks_have_nothing_to_say(shop: Shop) -> None:
    assert "no issues" in shop.manage("check")


def test_a_client_works_below_the_mount(shop: Shop) -> None:
    token = shop.manage("jobsmith", "token", "create", "clerk").strip()
    client = pynautobot.api(f"{shop.url}/jobs", token=token)
    assert client.version == "3.2"
    wait_until(lambda: client.status()["celery-workers-running"] == 1, 30)
    run = client.extras.jobs.run_and_wait(
        job_name="Restock", data={"product": {"name": "Tea"}, "count": 1}, interval=1
    ).job_result
    assert str(run.status) == "SUCCESS"
    assert client.extras.job_results.get(run.id).result == {"ordered": 1}
    lines = [each.message for each in client.extras.job_logs.filter(job_result=run.id)]
    assert "crate 1 of Tea" in lines
    guest = pynautobot.api(
        f"{shop.url}/jobs", token=shop.manage("jobsmith", "token", "create", "guest").strip()
    )
    with pytest.raises(pynautobot.core.query.RequestError, match="403"):
        list(guest.extras.jobs.all())


def test_commands_are_the_projects_own(shop: Shop) -> None:
    said = shop.manage(
        "jobsmith", "run", "stock.Restock", "product=1", "count=1", "--user", "clerk", "--json"
    )
    assert '"SUCCESS"' in said


@pytest.fixture
def page(shop: Shop) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser.new_page(base_url=shop.url)
        browser.close()


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="NO CHROMIUM: the browser stories did not run")
def test_a_clerk_runs_a_job_and_watches_it_without_a_stream(page: Any) -> None:
    page.goto("/jobs/")
    page.get_by_label("Username").fill("clerk")  # the shop's own page
    assert page.locator(".navbar-brand").count() == 1
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/jobs/")
    assert page.locator(".navbar-brand").count() == 0, "our frame, not the shop's"
    page.get_by_role("link", name="Restock").first.click()
    page.get_by_role("link", name="Run", exact=True).first.click()
    page.get_by_role("combobox", name="Product").fill("Te")
    page.get_by_role("option", name="Tea").click()
    page.get_by_label("Count").fill("8")
    page.get_by_role("button", name="Run", exact=False).first.click()
    page.wait_for_url("**/jobs/runs/**")
    page.get_by_text("crate 1 of Tea").first.wait_for(timeout=15_000)
    assert page.get_by_text("crate 8 of Tea").count() == 0, "it came before the end"
    page.get_by_text("crate 8 of Tea").first.wait_for(timeout=20_000)
    page.locator("text=Succeeded >> visible=true").first.wait_for(timeout=30_000)


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="NO CHROMIUM: the browser stories did not run")
def test_a_button_in_the_hosts_admin_runs_a_job(page: Any, shop: Shop) -> None:
    page.goto("/admin/shop/product/1/change/")
    page.get_by_label("Username").fill("boss")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/change/")
    assert page.locator(".jsm-jb").all_inner_texts() == ["Rename Tea"]
    page.get_by_role("button", name="Rename Tea").click()
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_text("Rename was started.").wait_for()
    if folder := os.environ.get("TEST_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/admin.png", full_page=True)
    page.get_by_role("link", name="Show the run").click()
    page.wait_for_url("**/jobs/runs/**")
    page.locator("text=Succeeded >> visible=true").first.wait_for(timeout=30_000)
    page.goto("/admin/shop/product/1/change/")
    assert page.get_by_label("Name:").input_value() == "Tea!"
