"""A job class runs in one line of a plain test."""

import subprocess
import sys
from pathlib import Path

import pytest

from jobsmith.errors import InputsRefused
from jobsmith.jobs import FileVar, IntegerVar, IPNetworkVar, Job, StringVar
from jobsmith.testing import run_job


class Sample(Job):
    count = IntegerVar(default=2, min_value=0)
    word = StringVar(required=False)
    net = IPNetworkVar(required=False)
    upload = FileVar(required=False)

    def run(self, count, word, net, upload):
        self.progress(1, count, "half way")
        self.logger.success("counted", extra={"object": "thing"})
        self.create_file("out.txt", upload.read() if upload else b"none")
        return {"count": count, "word": word, "hosts": net.size if net else 0}


def test_a_job_runs_in_one_line():
    run = run_job(Sample, net="192.0.2.0/30", upload=b"hello")
    assert run.status == "SUCCESS"
    assert run.result == {"count": 2, "word": "", "hosts": 4}
    assert run.files == {"out.txt": b"hello"}
    assert run.progress == [(1.0, 2.0, "half way")]
    assert "counted" in run.messages


def test_inputs_are_refused_as_at_any_door():
    with pytest.raises(InputsRefused) as refused:
        run_job(Sample, count=-1)
    assert refused.value.errors == {"count": ["Ensure this value is greater than or equal to 0."]}


def test_no_settings_and_no_database_are_needed(tmp_path: Path):
    (tmp_path / "plain.py").write_text(
        "from jobsmith.jobs import Job, StringVar\n"
        "from jobsmith.testing import run_job\n"
        "class Hello(Job):\n"
        "    who = StringVar()\n"
        "    def run(self, who):\n"
        "        return f'Hello {who}'\n"
        "print(run_job(Hello, who='Ada').result)\n"
    )
    done = subprocess.run(
        [sys.executable, "plain.py"], cwd=tmp_path, env={}, capture_output=True, text=True
    )
    assert done.stdout == "Hello Ada\n", done.stderr
