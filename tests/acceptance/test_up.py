"""`jobsmith up` in an empty home: it serves, it runs, it follows the folder, it leaves nothing."""

import json
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.served import PASSWORD, Server, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="process trees are read as on Linux"),
]

JOBS = '''
    """Jobs for tests."""
    import subprocess
    import time

    from jobsmith.jobs import IntegerVar, Job, register_jobs


    class Quick(Job):
        """Ends at once."""

        number = IntegerVar(default=1)

        def run(self, number):
            self.logger.info("The number is %s", number)
            return number * 2


    class Sleeper(Job):
        """Lasts, and has a child that lasts."""

        def run(self):
            subprocess.Popen(["sleep", "300"])
            self.logger.info("Asleep")
            time.sleep(300)


    class Bad(Job):
        """Ends badly."""

        def run(self):
            raise ValueError("no")


    register_jobs(Quick, Sleeper, Bad)
'''


@pytest.fixture
def jobs_root(tmp_path: Path) -> Path:
    root = tmp_path / "jobs"
    root.mkdir()
    (root / "sample.py").write_text(textwrap.dedent(JOBS))
    return root


@pytest.fixture
def server(tmp_path: Path, jobs_root: Path) -> Iterator[Server]:
    served = Server(tmp_path, jobs_root)
    try:
        served.start()
        yield served
    finally:
        served.kill()


def test_a_run_posted_with_a_token_succeeds(server: Server) -> None:
    pk = server.post_run("Quick", number=21)
    wait_until(lambda: server.result(pk)["status"] == "SUCCESS")
    assert server.result(pk)["result"] == 42
    assert "The number is 21" in server.command("logs", pk).stdout


def test_sigterm_ends_running_jobs_keeps_waiting_ones_and_leaves_no_process(
    server: Server,
) -> None:
    runs = [server.post_run("Sleeper") for _ in range(5)]
    wait_until(lambda: [server.result(pk)["status"] for pk in runs].count("STARTED") == 4)
    tree = server.tree()
    began = time.monotonic()
    assert server.stop(signal.SIGTERM) == 0
    assert time.monotonic() - began < 11
    _gone, alive = psutil.wait_procs(tree, timeout=1)
    assert alive == []
    ended = [server.result(pk) for pk in runs]
    assert sorted((row["status"], row["cause"]) for row in ended) == [
        *[("FAILURE", "worker_stopped")] * 4,
        ("PENDING", ""),
    ]


def test_a_new_file_in_the_folder_is_offered(server: Server, jobs_root: Path) -> None:
    text = (
        textwrap.dedent(JOBS)
        .replace("Quick", "Fresh")
        .replace("Sleeper", "FreshSleeper")
        .replace("Bad", "FreshBad")
    )
    (jobs_root / "fresh.py").write_text(text)
    wait_until(lambda: server.api("extras/jobs/?job_class_name=Fresh")["count"] == 1, 60)


def test_a_killed_worker_is_replaced(server: Server) -> None:
    workers = [each for each in server.tree() if each.ppid() == server.tree()[0].pid]
    for each in workers:
        each.kill()
    wait_until(lambda: server.answers("/-/ready"))
    pk = ""

    def accepted() -> bool:
        nonlocal pk
        try:
            pk = pk or server.post_run("Quick", number=1)
        except OSError:
            return False
        return bool(server.result(pk)["status"] == "SUCCESS")

    wait_until(accepted, 40)


def test_a_killed_parent_takes_everything_with_it(server: Server) -> None:
    pk = server.post_run("Sleeper")
    wait_until(lambda: server.result(pk)["status"] == "STARTED")
    tree = server.tree()
    tree[0].kill()
    _gone, alive = psutil.wait_procs(tree, timeout=10)
    assert alive == []


def test_an_idle_server_needs_less_than_200_megabytes(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    used = sum(each.memory_full_info().pss for each in server.tree()) / 1e6
    with capsys.disabled():
        sys.stdout.write(f"\n  page after {server.started_in:.1f} s, {used:.0f} MB PSS\n")
    assert used < 200


def test_the_given_password_is_not_printed(server: Server) -> None:
    said = server.output.read_text()
    assert "Sign in as   admin" in said
    assert server.env["JOBSMITH_ADMIN_PASSWORD"] not in said


def test_the_run_command_follows_a_run_and_tells_its_outcome(server: Server) -> None:
    good = server.command("run", "sample.Quick", "number=4")
    assert good.returncode == 0, good.stderr
    assert "The number is 4" in good.stdout
    assert "8" in good.stdout.splitlines()
    assert server.command("run", "sample.Bad").returncode == 1
    assert server.command("run", "sample.Quick", "number=x").returncode == 2


def test_ctrl_c_cancels_the_followed_run(server: Server) -> None:
    command = subprocess.Popen(
        [sys.executable, "-m", "jobsmith_server", "run", "sample.Sleeper", "--json"],
        env=server.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    wait_until(lambda: "STARTED" in server.command("runs", "--json").stdout)
    command.send_signal(signal.SIGINT)
    said, _ = command.communicate(timeout=20)
    assert command.returncode == 130
    assert json.loads(said)["status"] == "REVOKED"


def test_a_port_in_use_is_a_clear_sentence(tmp_path: Path, jobs_root: Path) -> None:
    served = Server(tmp_path, jobs_root)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", served.port))
        taken.listen()
        answer = served.command("up")
    assert answer.returncode == 1
    assert f"Port {served.port} on 127.0.0.1 is already in use." in answer.stderr


def test_a_worker_drains_on_the_first_sigterm_and_stops_on_the_second(
    tmp_path: Path, jobs_root: Path
) -> None:
    alone = Server(tmp_path, jobs_root)
    assert alone.command("migrate").returncode == 0
    alone.env["DJANGO_SUPERUSER_PASSWORD"] = PASSWORD
    people = ("--noinput", "--username", "admin", "--email", "admin@example.org")
    assert alone.command("createsuperuser", *people).returncode == 0
    alone.start("worker", "--name", "alone")
    wait_until(lambda: "alone" in alone.command("doctor").stdout)
    assert alone.process is not None
    began = alone.command("run", "sample.Sleeper", "--no-wait")
    assert began.returncode == 0, began.stderr
    pk = began.stdout.strip()
    wait_until(lambda: alone.result(pk)["status"] == "STARTED")
    alone.process.terminate()
    time.sleep(2)
    assert alone.process.poll() is None
    assert alone.result(pk)["status"] == "STARTED"
    assert alone.stop() == 0
    assert (alone.result(pk)["status"], alone.result(pk)["cause"]) == ("FAILURE", "worker_stopped")
