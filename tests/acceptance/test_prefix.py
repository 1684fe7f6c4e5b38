"""`jobsmith up` below a prefix: pages, their files, and the addresses that runs write."""

import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.served import PASSWORD, Server, wait_until
from tests.support.visitor import Visitor

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="process trees are read as on Linux"),
]

JOBS = '''
    """Jobs for tests."""
    from jobsmith.jobs import Job, register_jobs
    from jobsmith.models import Job as Record


    class Writes(Job):
        def run(self):
            self.create_file("note.txt", "found")
            self.logger.info("Seen", extra={"object": Record.objects.get()})


    register_jobs(Writes)
'''


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "writes.py").write_text(textwrap.dedent(JOBS))
    served = Server(tmp_path, tmp_path / "jobs")
    served.env["JOBSMITH_SCRIPT_NAME"] = "/tools/"
    try:
        served.start()
        yield served
    finally:
        served.kill()


def test_everything_lies_below_the_prefix(server: Server) -> None:
    assert f"Jobsmith serves http://127.0.0.1:{server.port}/tools/" in server.output.read_text()
    visitor = Visitor(f"http://127.0.0.1:{server.port}")
    visitor.sign_in("admin", PASSWORD, prefix="/tools")
    page = visitor.get("/tools/")
    addresses = re.findall(r'(?:href|src|action|hx-get)="(/[^"]*)"', page)
    assert [each for each in addresses if not each.startswith("/tools/")] == []
    [sheet] = re.findall(r'href="([^"]*/jobsmith\.css)"', page)
    assert ".jsm" in visitor.get(sheet)


def test_log_lines_lead_to_the_file_and_to_the_object(server: Server) -> None:
    visitor = Visitor(f"http://127.0.0.1:{server.port}")
    visitor.sign_in("admin", PASSWORD, prefix="/tools")
    pk = server.post_run("Writes")
    wait_until(lambda: server.result(pk)["status"] == "SUCCESS")
    lines = server.api(f"extras/job-results/{pk}/logs/")
    [file] = [each["message"] for each in lines if each["grouping"] == "create_file"]
    address = re.fullmatch(r"Created file \[note\.txt\]\((/tools/runs/[^)]*)\)", file)
    assert address is not None, file
    assert visitor.get(address[1]) == "found"
    [seen] = [each["absolute_url"] for each in lines if each["message"] == "Seen"]
    assert seen.startswith("/tools/jobs/")
    assert "Writes" in visitor.get(seen)
