"""Help is quick, a lack is a sentence, and what others wrote cannot move the cursor."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler

from jobsmith.cli.main import COMMANDS
from jobsmith.cli.printing import printable
from jobsmith.cli.web import load


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


@pytest.mark.parametrize("missing", ["uvicorn", "dj_database_url"])
def test_a_server_that_is_not_installed_is_a_sentence(missing: str) -> None:
    script = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from jobsmith_server.__main__ import main\n"
        "sys.argv[1:] = ['web']; main()\n"
    )
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "jobsmith_server.settings.base"}
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, env=env
    )
    assert said.returncode == 1
    assert said.stderr == (
        'jobsmith: This needs the server. Install it: pip install "jobsmith[server]"\n'
    )


def test_a_host_without_an_asgi_setting_is_served_by_djangos_own(settings: Any) -> None:
    del settings.ASGI_APPLICATION
    assert isinstance(load(), ASGIStaticFilesHandler)


def test_control_characters_are_not_printed() -> None:
    assert printable("a\x1b[2Jb\x07\rc\td\x1b[31mred") == "a\ufffd[2Jb\ufffd\ufffdc\tdred"
