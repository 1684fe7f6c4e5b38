"""Help is quick, and what others wrote cannot move the cursor."""

import subprocess
import sys

from jobsmith.cli.main import COMMANDS
from jobsmith.cli.printing import printable


def loaded_by_help(*words: str) -> str:
    script = (
        "import sys\n"
        "from jobsmith.cli.main import main\n"
        f"main({list(words)!r}, standalone_mode=False)\n"
        "print(sorted({'django', 'rich'} & set(sys.modules)))\n"
    )
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout


def test_help_lists_every_command_without_django() -> None:
    said = loaded_by_help("--help")
    assert [name for name in COMMANDS if f"  {name} " not in said] == []
    assert said.endswith("[]\n")


def test_control_characters_are_not_printed() -> None:
    assert printable("a\x1b[2Jb\x07\rc\td\x1b[31mred") == "a\ufffd[2Jb\ufffd\ufffdc\tdred"
