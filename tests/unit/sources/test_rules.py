"""What a spec must keep to."""

from dataclasses import replace
from pathlib import Path

import pytest

from jobsmith.catalog.naming import names_for
from jobsmith.errors import SourceBroken
from jobsmith.sources import trees
from jobsmith.sources.modules import modules_below, unreachable
from jobsmith.sources.rules import judged
from jobsmith.sources.watch import SOONEST, FolderWatch
from jobsmith.specs import JobSpec
from tests.support.job_files import PING, write

SPEC = JobSpec(module_name="m", job_class_name="C", name="C", grouping="m", file="m.py", line=3)


def test_a_plain_spec_passes_without_a_word() -> None:
    assert judged(SPEC, is_package=False) == (SPEC, [])


@pytest.mark.parametrize("field", ["module_name", "job_class_name"])
def test_code_names_over_100_characters_are_refused(field: str) -> None:
    spec, problems = judged(replace(SPEC, **{field: "x" * 101}), is_package=False)
    assert spec is None
    assert [each.severity for each in problems] == ["error"]


def test_a_receiver_of_both_kinds_is_refused() -> None:
    both = replace(SPEC, is_job_hook_receiver=True, is_job_button_receiver=True)
    spec, [problem] = judged(both, is_package=False)
    assert spec is None
    assert (problem.file, problem.line) == ("m.py", 3)


def test_long_names_and_groupings_are_cut_with_a_warning() -> None:
    spec, problems = judged(replace(SPEC, name="n" * 101, grouping="g" * 256), is_package=True)
    assert spec is not None
    assert (len(spec.name), len(spec.grouping)) == (100, 255)
    assert [each.severity for each in problems] == ["warning", "warning"]


def test_a_template_is_honoured_for_packages_only() -> None:
    given = replace(SPEC, template_name="own.html")
    assert judged(given, is_package=True) == (given, [])
    spec, [problem] = judged(given, is_package=False)
    assert spec == SPEC
    assert problem.code == "template_name_ignored"


def test_the_first_keeps_the_plain_name() -> None:
    assert names_for([("a", "X"), ("b", "X"), ("c", "X")], now={}, taken=[]) == {
        "a": "X",
        "b": "X (2)",
        "c": "X (3)",
    }


def test_a_record_keeps_its_name_whoever_comes_first() -> None:
    assert names_for([("new", "X"), ("old", "X")], now={"old": "X"}, taken=[]) == {
        "old": "X",
        "new": "X (2)",
    }


def test_records_may_exchange_names() -> None:
    names = names_for([("a", "Y"), ("b", "X")], now={"a": "X", "b": "Y"}, taken=[])
    assert names == {"a": "Y", "b": "X"}


def test_a_numbered_name_still_fits() -> None:
    [name] = names_for([("a", "n" * 100)], now={}, taken=["n" * 100]).values()
    assert len(name) == 100
    assert name.endswith(" (2)")


def test_packages_are_walked_and_other_folders_are_told_of(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"a.py": "", "pkg/__init__.py": "", "pkg/sub/__init__.py": "", "pkg/sub/b.py": ""},
    )
    write(tmp_path, {"loose/c.py": PING, "loose/data.py": "", "my.job.py": PING})
    names = [each.name for each in modules_below(tmp_path)]
    assert names == ["a", "pkg", "pkg.sub", "pkg.sub.b"]
    assert [each.file for each in unreachable(tmp_path)] == ["loose/c.py", "my.job.py"]


def test_a_snapshot_depends_on_names_contents_and_modes_only(tmp_path: Path) -> None:
    one = write(tmp_path / "one", {"a.py": "1", "d/b.py": "2"})
    two = write(tmp_path / "two", {"d/b.py": "2", "a.py": "1", "__pycache__/a.pyc": "x"})
    (two / "link.py").symlink_to("/etc/passwd")
    assert trees.snapshot(one) == trees.snapshot(two)
    (two / "a.py").chmod(0o755)
    assert trees.snapshot(one).digest != trees.snapshot(two).digest


def test_a_snapshot_leaves_out_links_caches_and_environments(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "", ".git/config": "", "venv/pyvenv.cfg": "", "venv/lib.py": ""})
    (tmp_path / "loop").symlink_to(tmp_path)
    assert [each.name for each in trees.paths_below(tmp_path)] == ["a.py"]


@pytest.mark.parametrize(("cap", "value"), [("MAX_FILES", 1), ("MAX_BYTES", 3), ("MAX_DEPTH", 0)])
def test_a_snapshot_keeps_to_its_caps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cap: str, value: int
) -> None:
    write(tmp_path, {"a.py": "12", "d/b.py": "34"})
    monkeypatch.setattr(trees, cap, value)
    with pytest.raises(SourceBroken):
        trees.snapshot(tmp_path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceBroken, match="nowhere"):
        trees.snapshot(tmp_path / "nowhere")


LEFTOVERS = (
    *("__pycache__/a.pyc", ".git/HEAD", ".a.py.swp", "a.py.swp", "a.py~", "#a.py#", ".#a.py"),
    *("4913", "a.py___jb_tmp___", "~$table.xlsx", ".DS_Store", "Thumbs.db", ".idea/x.xml"),
)


def test_leftovers_of_editors_change_neither_the_digest_nor_the_look(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "1"})
    watch, digest = FolderWatch(tmp_path), trees.snapshot(tmp_path).digest
    write(tmp_path, dict.fromkeys(LEFTOVERS, "x"))
    assert not watch.changed()
    assert trees.snapshot(tmp_path).digest == digest


@pytest.mark.parametrize("name", ["notes.txt", "data/rates.csv", "a.sql", "a.py.bak"])
def test_whatever_else_a_job_may_read_counts_as_its_code(tmp_path: Path, name: str) -> None:
    write(tmp_path, {"a.py": "1"})
    watch, digest = FolderWatch(tmp_path), trees.snapshot(tmp_path).digest
    write(tmp_path, {name: "x"})
    assert watch.changed()
    assert trees.snapshot(tmp_path).digest != digest


def test_the_look_sees_what_the_snapshot_reads(tmp_path: Path) -> None:
    names = {"a.py": "", "b/c.txt": "", "venv/pyvenv.cfg": "", "venv/lib.py": "", ".env": ""}
    write(tmp_path, names)
    seen = {Path(each[0]) for each in FolderWatch(tmp_path)._seen}
    assert seen == set(trees.paths_below(tmp_path))


def test_a_look_at_a_large_folder_is_followed_by_a_longer_pause(tmp_path: Path) -> None:
    watch = FolderWatch(write(tmp_path, {"a.py": "1"}))
    assert watch.pause == SOONEST
    write(tmp_path, {f"d{number % 50}/f{number}.py": "" for number in range(4_000)})
    assert watch.changed()
    assert watch.pause > SOONEST


def test_the_watch_sees_new_changed_and_removed_files(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "1"})
    watch = FolderWatch(tmp_path)
    assert not watch.changed()
    write(tmp_path, {"d/b.py": "1"})
    assert watch.changed()
    write(tmp_path, {"d/b.py": "12"})
    assert watch.changed()
    (tmp_path / "a.py").unlink()
    assert watch.changed()
    assert not watch.changed()
