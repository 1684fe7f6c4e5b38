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
    assert "28 of 28 load." in said.output
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


LIB = "from netmiko import ConnectHandler\nTRIES = 3\n"
ONE = """
    from nautobot.apps.jobs import Job
    from ..lib import TRIES

    class One(Job):
        def run(self):
            from nautobot.ipam.models import Prefix
            try:
                import scrapli
            except ImportError:
                scrapli = None
"""
PACKAGE = {
    "__init__.py": "",
    "lib.py": "TRIES = 3\n",
    "jobs/__init__.py": """
        from nautobot.core.celery import register_jobs
        from net_jobs.lib import TRIES
        from .one import One
        register_jobs(One)
    """,
    "jobs/one.py": ONE,
    ".git/config": "",
}
OLD = """
    from nautobot.apps.jobs import Job, register_jobs

    class Old(Job):
        class Meta:
            commit_default = True

        def run(self, data, commit):
            pass

        def post_run(self):
            pass

    register_jobs(Old)
"""


def test_the_checkout_of_a_repository_is_read_as_the_package_it_calls_itself(
    tmp_path: Path,
) -> None:
    write(tmp_path / "checkout", PACKAGE)
    said = migrate_jobs(tmp_path / "checkout")
    assert said.exit_code == 0, said.output
    assert "Read as the package net_jobs of a Git repository." in said.output
    assert "net_jobs.jobs.one.One" in said.output
    assert "1 of 1 load." in said.output
    other = migrate_jobs(tmp_path / "checkout", "--package", "mine", "--json")
    assert other.exit_code == 1
    told = json.loads(other.output)
    assert (told["package"], told["loaded"]) == ("mine", 0)
    assert "jobs/__init__.py" in {each["file"] for each in told["jobs"]}
    inside = migrate_jobs(tmp_path / "checkout" / "jobs")
    assert inside.exit_code == 2
    assert f"give {tmp_path / 'checkout'}" in inside.output


def test_all_that_is_missing_is_listed_also_what_a_method_imports(tmp_path: Path) -> None:
    write(tmp_path, PACKAGE | {"lib.py": LIB})
    told = json.loads(migrate_jobs(tmp_path, "--json").output)
    found = {(each["kind"], each["name"], each["file"]) for each in told["missing"]}
    assert found == {
        ("name", "nautobot.ipam.models.Prefix", "jobs/one.py"),
        ("package", "netmiko", "lib.py"),
    }
    assert "name it in requirements.txt" in migrate_jobs(tmp_path).output


def test_what_has_no_effect_here_is_a_warning(tmp_path: Path) -> None:
    write(tmp_path, {"old.py": OLD})
    said = migrate_jobs(tmp_path)
    assert said.exit_code == 0
    for sentence in (
        "old.py:6: Old: Meta.commit_default has no effect here.",
        "old.py:8: Old: run() gets each variable by its name, not data and commit.",
        "old.py:11: Old: post_run() is never called; after_return() is.",
    ):
        assert f"warning: {sentence}" in said.output


def test_a_folder_without_jobs_and_a_file_are_told(tmp_path: Path) -> None:
    write(tmp_path, {"empty/lib.py": "X = 1\n"})
    empty = migrate_jobs(tmp_path / "empty")
    assert (empty.exit_code, "There is no job" in empty.output) == (1, True)
    file = migrate_jobs(tmp_path / "empty" / "lib.py")
    assert (file.exit_code, "is a file: give its folder" in file.output) == (2, True)


def test_links_are_left_out_as_a_sync_leaves_them_out(tmp_path: Path) -> None:
    elsewhere = write(tmp_path / "elsewhere", {"linked.py": job_file("Linked")})
    root = write(tmp_path / "nets", {"__init__.py": "", "jobs/__init__.py": job_file("Fine")})
    (root / "jobs" / "gone.py").symlink_to("nowhere.py")
    (root / "jobs" / "loop").symlink_to(root / "jobs")
    (root / "jobs" / "linked.py").symlink_to(elsewhere / "linked.py")
    said = migrate_jobs(root)
    assert said.exit_code == 0, said.output
    assert "1 of 1 load." in said.output
