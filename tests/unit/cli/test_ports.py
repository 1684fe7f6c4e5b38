"""A port that there is none of is refused: some systems take the rest of it by 65,536."""

import pytest
from click.testing import CliRunner

from jobsmith.cli.main import main


@pytest.mark.parametrize("command", ["web", "up"])
@pytest.mark.parametrize("port", ["99999", "-1", "x"])
def test_a_port_that_is_none_is_refused(command: str, port: str) -> None:
    said = CliRunner().invoke(main, [command, "--port", port])
    assert (said.exit_code, "'--port'" in said.output) == (2, True), said.output
