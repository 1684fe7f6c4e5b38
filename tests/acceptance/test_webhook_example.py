"""What the page about webhooks shows, done on a real server with curl and openssl."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.served import Server

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "start-a-job-from-another-system.md"
BLOCK = re.compile(r"<!-- webhook: .* -->\n+```sh\n(.*?)```", re.DOTALL)
JOB = """
from jobsmith.jobs import Job, StringVar, register_jobs


class Greeting(Job):
    name = StringVar()

    def run(self, name):
        return f"Hello {name}"


register_jobs(Greeting)
"""


def test_the_documented_message_starts_the_job_once(tmp_path: Path) -> None:
    jobs = tmp_path / "jobs"
    jobs.mkdir()
    (jobs / "greetings.py").write_text(JOB)
    server = Server(tmp_path, jobs)
    try:
        server.start()
        words = ("--input", "name=/ticket/author", "--when", '/event="opened"')
        made = server.command("webhooks", "add", "Tickets", "Greeting", *words)
        address, secret = made.stdout.split()
        [script] = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
        known = {"ADDRESS": f"http://127.0.0.1:{server.port}{address}", "SECRET": secret}
        first, again = (sent(script, server.env | known) for _ in range(2))
        assert first["message"] == "It was started."
        assert again == {**first, "message": "This message came before."}
        shown = json.loads(server.command("runs", "--json").stdout)
        assert [each["id"] for each in shown] == [first["job_result"]]
    finally:
        server.kill()


def sent(script: str, env: dict[str, str]) -> dict[str, str | None]:
    done = subprocess.run(
        ["sh", "-eu", "-c", script], env=env, capture_output=True, text=True, check=True
    )
    answer: dict[str, str | None] = json.loads(done.stdout)
    return answer
