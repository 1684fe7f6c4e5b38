"""Many secrets go in by every way there is; none of them may come out anywhere.

Looked through afterwards: every page and tab, REST, GraphQL, the command line, a dump of the whole
database, all files below the home folder, what the server printed, and the command lines and
environments that other processes show.
"""

import json
import sqlite3
import textwrap
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support.served import PASSWORD, Server, wait_until
from tests.support.visitor import Visitor

pytestmark = pytest.mark.slow

COUNT = 43
CANARIES = [f"canary{n:02d}Zx9Kq{n * 7919:07d}" for n in range(COUNT)]
"""No two share their first nine characters, by which pieces are looked for."""

JOBS = '''
    """Jobs that are careless with secrets."""
    import logging
    import os
    import subprocess
    import sys

    from jobsmith.jobs import JSONVar, Job, SecretVar, StringVar, TextVar, register_jobs

    BACKWARDS = REVERSED


    class Careless(Job):
        """Says aloud what it was trusted with."""

        a = SecretVar(label="A")
        b = SecretVar(label="B")
        c = SecretVar(label="C")
        d = SecretVar(label="D")
        e = SecretVar(label="E")
        f = SecretVar(label="F")
        g = SecretVar(label="G")
        h = SecretVar(label="H", required=False)
        name = StringVar()

        def run(self, a, b, c, d, e, f, g, h, name):
            self.logger.info("The password is %s", a)
            self.logger.warning("grouped", extra={"grouping": b})
            self.logger.info(f"{c}" * 3)
            self.progress(1, 2, f"at {d}")
            print("out", e)
            sys.stderr.write(f"err {f}\\n")
            subprocess.run(["cat"], input=f"child {g}\\n".encode(), check=True)
            subprocess.run(["env"], check=True)
            print(dict(os.environ))
            logging.getLogger("elsewhere").error("foreign %s", h)
            w, x, y, z = (text[::-1] for text in BACKWARDS)
            self.logger.info(f"password={w} postgres://bob:{x}@db/x")
            self.logger.info(f"Authorization: Bearer {y}")
            self.logger.info(f'{{"api_key": "{z}"}}')
            self.create_file("note.txt", "nothing here")
            return {"token": a, "list": [b, {"deep": c}], "text": f"x{d}y", name: e}


    class Broken(Job):
        """Fails with a secret in its hands."""

        key = SecretVar(label="Key")

        def run(self, key):
            self.logger.debug("trying")
            try:
                raise ValueError(f"cannot use {key}")
            except ValueError as error:
                raise RuntimeError(f"gave up on {key!r}") from error


    class Sealed(Job):
        """All that goes in is secret."""

        class Meta:
            has_sensitive_variables = True

        line = StringVar()
        lines = TextVar()
        data = JSONVar()

        def run(self, line, lines, data):
            self.logger.info("%s %s %s", line, lines, data)
            return [line, lines, data]


    register_jobs(Careless, Broken, Sealed)
'''


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("canaries")
    (home / "jobs").mkdir()
    (home / "jobs" / "leaky.py").write_text(
        textwrap.dedent(JOBS).replace("REVERSED", repr([each[::-1] for each in CANARIES[12:16]]))
    )
    served = Server(home, home / "jobs")
    served.env |= {
        "JOBSMITH_SECRET_KEY": CANARIES[0] + "k" * 40,
        "JOBSMITH_SECRET_KEYS": CANARIES[1],
        "EXAMPLE_API_TOKEN": CANARIES[2],
        "EXAMPLE_PASSWORD": CANARIES[3],
        "JOBSMITH_LOG_LEVEL": "INFO",
    }
    try:
        served.start()
        yield served
    finally:
        served.kill()


def send(server: Server, path: str, body: Any = None, **headers: str) -> int:
    """A request as a stranger or a careless client makes it."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", **headers},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def let_them_in(server: Server) -> list[str]:
    """Every way in; returns the runs."""
    keys = dict(zip("abcdefgh", CANARIES[4:12], strict=True))
    runs = [
        server.post_run("Careless", **keys, name="somebody"),
        server.post_run("Broken", key=CANARIES[16]),
        server.post_run(
            "Sealed", line=CANARIES[17], lines=f"x\n{CANARIES[18]}", data={"k": [CANARIES[19]]}
        ),
    ]
    done = server.command("run", "leaky.Broken", f"key={CANARIES[20]}", "--json")
    runs.append(json.loads(done.stdout)["id"])
    token = server.command("token", "create", "admin").stdout.strip()
    job = server.api("extras/jobs/?job_class_name=Careless")["results"][0]["id"]
    run = f"/api/extras/jobs/{job}/run/"
    mine = {"Authorization": f"Token {token}"}
    assert send(server, run, {"data": {"a": [CANARIES[21]], "name": 1}}, **mine) == 400
    assert send(server, run, {"data": {"a": CANARIES[22], "nope": CANARIES[23]}}, **mine) == 400
    assert send(server, "/api/extras/jobs/", **{"Authorization": f"Token {CANARIES[24]}"}) == 403
    assert send(server, "/api/", **{"Authorization": f"Bearer jsm_x.{CANARIES[25]}"}) == 403
    assert send(server, "/api/", **{"Cookie": f"sessionid={CANARIES[26]}"}) == 403
    assert send(server, f"/?token={CANARIES[27]}", **{"X-Api-Key": CANARIES[28]}) == 200
    user = {"username": "zoe", "password": f"{CANARIES[29]} long enough"}
    assert send(server, "/api/users/users/", user, **mine) == 201
    weak = {"username": "yan", "password": CANARIES[30], "email": "nonsense"}
    assert send(server, "/api/users/users/", weak, **mine) == 400
    repository = {"name": "Net", "remote_url": "https://git.example.org/x", "token": CANARIES[40]}
    repository |= {"webhook_secret": CANARIES[41], "poll_seconds": 30}
    assert send(server, "/api/extras/git-repositories/", repository, **mine) == 201
    made = server.api("extras/git-repositories/")["results"][0]["id"]
    hook = f"/hooks/git/{made}/"
    push = {"ref": "refs/heads/other"}
    assert send(server, hook, push, **{"X-Gitlab-Token": CANARIES[41]}) == 200
    assert send(server, hook, push, **{"X-Gitlab-Token": CANARIES[42]}) == 404
    query = f'mutation {{ run_job(job: "Broken", data: {{key: "{CANARIES[31]}"}}) {{ id }} }}'
    assert send(server, "/api/graphql/", {"query": query}, **mine) == 200
    broken = (
        f'mutation {{ run_job(job: "Broken", data: {{key: 1, x: "{CANARIES[32]}"}}) {{ id }} }}'
    )
    assert send(server, "/api/graphql/", {"query": broken}, **mine) == 200
    return runs


def sign_in_wrongly(server: Server) -> str:
    visitor = Visitor(f"http://127.0.0.1:{server.port}")
    visitor.get("/sign-in/")
    return visitor.post("/sign-in/", {"username": "admin", "password": CANARIES[33]})[2]


def refused_form(visitor: Visitor, server: Server) -> str:
    """The form comes back with its errors, and without what was typed into secret fields."""
    job = server.api("extras/jobs/?job_class_name=Careless")["results"][0]["id"]
    typed = {key: CANARIES[34 + n] for n, key in enumerate("abcde")}
    status, _, page = visitor.post(f"/jobs/{job}/run/", typed)
    assert status == 400
    return page


def found_in(text: str) -> set[str]:
    return {each for each in CANARIES if each[:14] in text}


def pages(visitor: Visitor, runs: list[str], server: Server) -> dict[str, str]:
    jobs = [each["id"] for each in server.api("extras/jobs/?module_name=leaky")["results"]]
    places = ["/", "/runs/", "/problems/", "/repositories/"]
    made = server.api("extras/git-repositories/")["results"]
    places += [f"/repositories/{each['id']}/" for each in made]
    places += [f"/jobs/{job}/{end}" for job in jobs for end in ("", "run/", "edit/")]
    for run in runs:
        places += [f"/runs/{run}/?tab={t}" for t in ("log", "console", "result", "files", "inputs")]
        places += [f"/runs/{run}/{end}" for end in ("log/", "console/", "steps/")]
        places += [f"/runs/{run}/log/download/", f"/runs/{run}/console/download/"]
    return {place: visitor.get(place) for place in places}


def answers(server: Server, runs: list[str]) -> dict[str, str]:
    paths = [
        *("extras/jobs/?depth=1", "extras/job-results/?depth=2", "extras/job-logs/?limit=0"),
        *("extras/object-changes/?limit=0", "extras/file-proxies/", "users/users/"),
        *("users/tokens/", "status/", "extras/notes/", "extras/git-repositories/"),
        *(f"extras/job-results/{run}/{end}" for run in runs for end in ("logs/", "console/")),
    ]
    query = {
        "query": "{ job_results(limit: 50) { name result traceback task_args task_kwargs"
        " celery_kwargs meta progress_text cause_detail job_log_entries(limit: 500)"
        " { message grouping log_object } } object_changes(limit: 50) { before after } }"
    }
    found = {path: json.dumps(server.api(path), ensure_ascii=False) for path in paths}
    return found | {"graphql": json.dumps(server.api("graphql/", query), ensure_ascii=False)}


def commands(server: Server, runs: list[str]) -> dict[str, str]:
    said = {}
    for words in (["runs", "--json"], ["jobs"], ["doctor"], *(["logs", run] for run in runs)):
        done = server.command(*words)
        said[" ".join(words)] = done.stdout + done.stderr
    return said


def kept(server: Server) -> dict[str, str]:
    """The database as text, and every file; the server's own key file is meant to hold one."""
    home = Path(server.env["JOBSMITH_HOME"])
    files = {
        str(each): each.read_bytes().decode("latin-1") for each in home.rglob("*") if each.is_file()
    }
    with sqlite3.connect(home / "db" / "jobsmith.sqlite3") as database:
        files["dump"] = "\n".join(database.iterdump())
    return files | {"printed": server.output.read_text()}


def shown_by_processes(server: Server) -> dict[str, str]:
    """Command lines, which every user of the machine may read."""
    shown = {}
    for each in server.tree():
        with suppress(psutil.NoSuchProcess):  # one that has just ended shows nothing
            shown[f"cmdline {each.pid}"] = " ".join(each.cmdline())
    return shown


def test_no_secret_comes_out_anywhere(server: Server) -> None:
    runs = let_them_in(server)
    visitor = Visitor(f"http://127.0.0.1:{server.port}").sign_in("admin", PASSWORD)
    while_running = shown_by_processes(server)
    for run in runs:
        wait_until(lambda run=run: server.result(run)["status"] not in ("PENDING", "STARTED"))
    time.sleep(0.5)
    wrong = sign_in_wrongly(server)
    form = refused_form(visitor, server)
    looked = {"wrong password": wrong, "refused form": form, **while_running}
    looked |= pages(visitor, runs, server) | answers(server, runs) | commands(server, runs)
    looked |= kept(server) | shown_by_processes(server)
    statuses = {run: server.result(run)["status"] for run in runs}
    assert list(statuses.values()) == ["SUCCESS", "FAILURE", "SUCCESS", "FAILURE"]
    leaks = {place: sorted(found_in(text)) for place, text in looked.items() if found_in(text)}
    print(f"\n  {COUNT} secrets, {len(looked)} places, {len(leaks)} leaks")
    assert leaks == {}


def test_a_sealed_run_can_still_be_run_again(server: Server) -> None:
    """The secrets are kept, sealed: the proof that they were not merely thrown away."""
    first = server.post_run("Sealed", line="one", lines="two", data={"k": 3})
    wait_until(lambda: server.result(first)["status"] == "SUCCESS")
    again = server.api(f"extras/job-results/{first}/rerun/", {})["id"]
    wait_until(lambda: server.result(again)["status"] == "SUCCESS")
