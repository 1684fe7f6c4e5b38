"""Two `jobsmith up` do not share a home folder."""

import subprocess
import sys
from pathlib import Path

import pytest

from jobsmith.cli.one_home import AlreadyUp, claim

HOLD = "import sys; from pathlib import Path; from jobsmith.cli.one_home import claim;"
HOLD += "file = claim(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"


def test_the_second_says_so_and_the_next_may_once_the_first_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        with pytest.raises(AlreadyUp, match="already"):
            claim(tmp_path)
        first.kill()
    claim(tmp_path).close()
