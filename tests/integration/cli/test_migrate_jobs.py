"""``jobsmith migrate-jobs`` on folders that load, and on others."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from jobsmith.cli.main import main
from tests.support.job_files import job_file, write

PEER = Path(__file__).parents[2] / "support" / "peer_jobs"
CABLES = """
    from nautobot.apps.jobs import Job, register_jobs
    from nautobot.dcim.models import Cable

    class Trace(Job):
        def run(self):
            return Cable.objects.count()

    class Count(Job):
        pass

    register_jobs(Trace, Count)
"""


def migrate_jobs(*words: object) -> Result:
    return CliRunner().invoke(main, ["migrate-jobs", *map(str, words)])


def test_jobs_of_the_peer_load() -> None:
    said = migrate_jobs(PEER)
    assert said.exit_code == 0, said.output
    assert "hooks.TellsItsHooks" in said.output
    assert "27 of 27 load." in said.output
    assert "warning: " not in said.output


def test_what_does_not_load_is_named_with_file_line_and_reason(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "cables.py": CABLES,
            "fine.py": job_file("Fine"),
            "torn.py": "def broken(:\n",
            "wrong.py": job_file("Wrong", meta="hidden = 'yes'"),
            "shy.py": "from nautobot.apps.jobs import Job\nclass Shy(Job):\n    pass\n",
        },
    )
    said = migrate_jobs(tmp_path)
    assert said.exit_code == 1
    cable = "This job needs nautobot.dcim.models.Cable, which does not exist here."
    assert said.output.count(f"error: cables.py:3: {cable}") == 1
    assert "1 of 5 load." in said.output

    told = json.loads(migrate_jobs(tmp_path, "--json").output)
    jobs = {(each["job"], each["file"], each["line"]): each for each in told["jobs"]}
    assert jobs["fine.Fine", "fine.py", 3]["loads"]
    for name in ("cables.Trace", "cables.Count"):
        assert jobs[name, "cables.py", 3]["reason"] == cable
    assert jobs["", "torn.py", 1]["reason"].startswith("SyntaxError")
    [wrong] = [each for each in told["jobs"] if each["job"] == "wrong.Wrong"]
    assert (wrong["loads"], "Meta.hidden should be bool" in wrong["reason"]) == (False, True)
    assert [each["code"] for each in told["warnings"]] == ["not_registered"]


def test_a_folder_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    assert migrate_jobs(tmp_path / "nowhere").exit_code == 2
