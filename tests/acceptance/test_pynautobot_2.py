"""The older client, which programs still use: the same suite with `pynautobot` 2.x."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SUITE = "tests/acceptance/test_pynautobot.py"
LOCK = "requirements/pynautobot2.txt"
MISMATCH = "DO NOT MATCH THE HASHES"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def python(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=os.environ | more,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the locked packages; skips where there is no package index."""
    folder = tmp_path_factory.mktemp("older")
    words = ("--quiet", "--require-hashes", "--no-deps", "--retries", "1", "--timeout", "15")
    done = python("-m", "pip", "install", *words, "--target", str(folder), "-r", LOCK)
    assert MISMATCH not in done.stderr, done.stderr
    if done.returncode:
        pytest.skip(f"pynautobot 2 cannot be installed: {done.stderr[-300:]}")
    return folder


def test_the_same_suite_passes_with_the_older_client(older: Path) -> None:
    path = os.pathsep.join([str(older), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    version = "import importlib.metadata as m; print(m.version('pynautobot'))"
    assert python("-c", version, PYTHONPATH=path).stdout.startswith("2.")
    done = python("-m", "pytest", "-q", "-p", "no:cacheprovider", SUITE, PYTHONPATH=path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout
