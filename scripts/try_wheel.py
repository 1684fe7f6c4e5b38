"""Build the wheel, install it with the locked packages, and use it as strangers do.

``try_wheel.py PYTHON``: alone in an empty folder, and inside an empty Django project made as the
documents say, without the packages that only the server needs. Network: only for locked packages.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from zipfile import ZipFile

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PLUGIN = ROOT / "examples" / "plugin"
PAGE = ROOT / "docs" / "how-to" / "embed-in-a-django-project.md"
REST = ROOT / "docs" / "reference" / "rest.md"
PACKED = {".py", ".html", ".js", ".css", ".svg"}
SERVER_ONLY = ("uvicorn", "servestatic", "drf_spectacular_sidecar", "dj_database_url", "psycopg")
JOB = """
    from jobsmith.jobs import Job, register_jobs

    class Hello(Job):
        def run(self):
            return "hello from the shop"

    register_jobs(Hello)
"""
RECORDS = """
    from django.contrib.auth import get_user_model
    from django.contrib.contenttypes.models import ContentType
    from jobsmith.models import Job, JobButton, JobHook
    from library.models import Book
    Book.objects.create(title="Emma")
    Book.objects.create(title="Persuasion")
    get_user_model()._default_manager.create_superuser("ann", password="for-this-test-only")
    books = ContentType.objects.get_for_model(Book)
    job = Job.objects.get(job_class_name="TakeBack")
    JobButton.objects.create(name="Back", text="Take back", job=job).content_types.add(books)
    job = Job.objects.get(job_class_name="HearOfBooks")
    JobHook.objects.create(name="Heard", job=job, type_update=True).content_types.add(books)
    print(Job.objects.get(job_class_name="Lend").pk)
"""
PRESS = """
    from django.contrib.auth import get_user_model
    from jobsmith.actions.press_button import press_button
    from jobsmith.models import JobButton
    ann = get_user_model()._default_manager.get(username="ann")
    back = JobButton.objects.get(name="Back")
    press_button(back, user=ann, model="library.book", key="1", door="web")
"""
RECEIVED = """
    from jobsmith.models import JobResult
    from library.models import Book
    done = JobResult.objects.filter(status="SUCCESS")
    assert done.filter(job_model__job_class_name="TakeBack").count() == 1
    heard = done.filter(job_model__job_class_name="HearOfBooks")
    assert list(heard.values_list("result", flat=True)) == ["update: Emma"] * 2
    assert Book.objects.get(title="Emma").reader == ""
"""
CHROMIUM = (
    os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
)
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith("JOBSMITH_")
    and name not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE", "HOST", "PYTHONPATH"}
}


def main(python: str) -> None:
    """Try everything; the first thing that does not hold ends it."""
    with tempfile.TemporaryDirectory(prefix="jobsmith-wheel-") as name:
        work = Path(name)
        wheel, plugin = built(ROOT, work / "wheel"), built(PLUGIN, work / "plugin")
        check_contents(wheel)
        lock = "requirements/server.txt"
        run(work, "sh", "scripts/environment", python, f"{name}/env", lock, wheel, plugin, cwd=ROOT)
        alone(work / "env" / "bin", made(work / "alone"))
        with_plugin(work / "env" / "bin", made(work / "with-plugin"))
        embedded(work / "env" / "bin", made(work / "embedded"))


def built(project: Path, folder: Path) -> Path:
    """The wheel of a project."""
    build = ("-m", "hatchling", "build", "-t", "wheel", "-d", folder)
    run(made(folder), sys.executable, *build, cwd=project)
    return next(folder.glob("*.whl"))


def check_contents(wheel: Path) -> None:
    """The wheel holds the two packages whole, the example jobs, and nothing else."""
    names = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    wanted = {
        str(path.relative_to(ROOT / "src"))
        for path in (ROOT / "src").rglob("*")
        if path.suffix in PACKED
    }
    examples = (ROOT / "examples" / "jobs").glob("*.py")
    wanted |= {f"jobsmith_server/example_jobs/{path.name}" for path in examples}
    say(f"{wheel.name} holds {len(names)} files")
    assert names == wanted, sorted(names ^ wanted)


def alone(programs: Path, folder: Path) -> None:
    """``jobsmith up`` in an empty folder serves the sign-in page and the example jobs."""
    port = free_port()
    with started(folder, programs / "jobsmith", "up", PORT=str(port)):
        wait(lambda: fetch(port, "/-/ready"), 60)
        assert 'name="password"' in fetch(port, "/")
        assert fetch(port, "/static/jobsmith/page.js")
        plan = ("subnet_planner.SubnetPlanner", "network=10.0.0.0/24", "prefix_length=26")
        said = run(folder, programs / "jobsmith", "run", *plan)
        assert "Succeeded" in said, said
        if shutil.which("curl"):
            check_calls(programs, folder, port)
    say("alone: serves the sign-in page, and an example job succeeded")


def check_calls(programs: Path, folder: Path, port: int) -> None:
    """What the reference of the REST API shows: list the jobs, run one."""
    text = REST.read_text(encoding="utf-8").replace(":8000/", f":{port}/")
    calls = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
    said = run(folder, "sh", "-ec", calls, PATH=f"{programs}:{os.environ['PATH']}")
    assert '"count":' in said, said
    assert '"job_result":{"id":' in said, said


def with_plugin(programs: Path, folder: Path) -> None:
    """The example plugin's records can be picked; its jobs, its button and its hook work."""
    env = {
        "JOBSMITH_PLUGINS": "library",
        "JOBSMITH_PLUGINS_CONFIG": '{"library": {"days": 3}}',
        "JOBSMITH_ENABLED_ON_CREATE": "app:library",
        "PORT": str(free_port()),
    }
    with started(folder, programs / "jobsmith", "up", **env):
        wait(lambda: fetch(int(env["PORT"]), "/-/ready"), 60)
        shell = (programs / "jobsmith", "manage", "shell", "-c")
        job = run(folder, *shell, dedent(RECORDS), **env)
        lend = ("run", "library.jobs.Lend", "book=1", "reader=Ann")
        said = run(folder, programs / "jobsmith", *lend, **env)
        assert "Emma goes to Ann for 3 days" in said, said
        run(folder, *shell, dedent(PRESS), **env)
        wait(lambda: run(folder, *shell, dedent(RECEIVED), **env), 60)
        pick_in_browser(f"http://127.0.0.1:{env['PORT']}", job.split()[-1])
    say("with a plugin: a record was picked in a browser, a button pressed, and a hook heard of it")


def pick_in_browser(site: str, job: str) -> None:
    """Sign in, find a book of the plugin by typing, lend it, and read what came of it."""
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"{site}/jobs/{job}/run/")
        page.fill("[name=username]", "ann")
        page.fill("[name=password]", "for-this-test-only")
        page.click("button[type=submit]")
        page.fill("input#id_book", "pers")  # the script puts it over the list
        page.click("#id_book_list [role=option]:has-text('Persuasion')")
        page.fill("#id_reader", "Bea")
        page.click("main button[type=submit]")
        page.wait_for_selector("text=Succeeded")
        page.goto(f"{page.url.partition('?')[0]}?tab=result")
        page.wait_for_selector("text=Persuasion goes to Bea for 3 days")
        browser.close()


def embedded(programs: Path, folder: Path) -> None:
    """A fresh Django project with the documented lines migrates, checks and runs a job."""
    run(folder, programs / "django-admin", "startproject", "host", ".")
    blocks = re.findall(
        r"<!-- (\S+) -->\n+```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL
    )
    assert {name for name, _ in blocks} == {"settings.py", "urls.py"}
    for name, code in blocks:
        append(folder / "host" / name, code)
    missing = f"import sys\nsys.modules.update(dict.fromkeys({SERVER_ONLY!r}))\n"
    append(folder / "host" / "__init__.py", missing)
    append(made(folder / "shop") / "jobs.py", JOB)
    append(folder / "shop" / "__init__.py", "")
    more = 'INSTALLED_APPS += ["shop"]\nJOBSMITH["ENABLED_ON_CREATE"] = ("app:shop",)\n'
    append(folder / "host" / "settings.py", more)
    manage = (programs / "python", "manage.py")
    run(folder, *manage, "check", "--database", "default", "--fail-level", "WARNING")
    run(folder, *manage, "migrate")
    person = ("createsuperuser", "--noinput", "--username", "admin", "--email", "a@example.org")
    run(folder, *manage, *person, DJANGO_SUPERUSER_PASSWORD="for-this-test-only")
    with started(folder, *manage, "jobsmith", "worker"):
        said = wait(lambda: run(folder, *manage, "jobsmith", "run", "shop.jobs.Hello"), 30)
        assert "hello from the shop" in said, said
    say("embedded: migrated, checked, and a job of an app succeeded")


def run(folder: Path, *words: object, cwd: Path | None = None, **env: str) -> str:
    """What a command printed; CalledProcessError, with all it said, when it fails."""
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd or folder, env=ENVIRONMENT | env, check=False, timeout=300,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, done.args, done.stdout)
    return done.stdout


@contextmanager
def started(folder: Path, *words: object, **env: str) -> Iterator[None]:
    """A command that serves meanwhile; it must end well when it is told to."""
    with (folder / "served.log").open("wb") as log:
        process = subprocess.Popen(
            [str(word) for word in words],
            cwd=folder, env=ENVIRONMENT | env,
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        yield
        process.terminate()
        assert process.wait(20) == 0
    except BaseException:
        sys.stderr.write((folder / "served.log").read_text())
        raise
    finally:
        process.kill()


def wait(attempt: Callable[[], str], seconds: float) -> str:
    """The answer of the first attempt that works."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return attempt()
        except (OSError, subprocess.CalledProcessError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)


def fetch(port: int, path: str) -> str:
    """A page."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
        return str(answer.read().decode())


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def made(folder: Path) -> Path:
    """The folder, made."""
    folder.mkdir()
    return folder


def append(path: Path, code: str) -> None:
    """Add lines to a file."""
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\n{dedent(code)}")


def say(sentence: str) -> None:
    """Tell how far it has come."""
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except subprocess.CalledProcessError as failed:
        sys.exit(f"{' '.join(failed.cmd)} failed:\n{failed.stdout}")
