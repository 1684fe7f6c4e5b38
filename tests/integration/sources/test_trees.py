"""Trees in the database and on disk."""

import os
import py_compile
import subprocess
import sys
from importlib.util import cache_from_source
from pathlib import Path

import pytest
from pytest_django import Settings

from jobsmith.errors import CodeMissing
from jobsmith.models import SourceTree
from jobsmith.sources import trees
from tests.support.job_files import jobsmith_settings, write


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Settings, db: None) -> Path:
    settings.JOBSMITH = jobsmith_settings(HOME=tmp_path / "home")
    return tmp_path / "home"


def _stored(tmp_path: Path) -> str:
    root = write(tmp_path / "src", {"a.py": "x = 1\n", "d/data.json": "{}"})
    made = trees.snapshot(root)
    trees.store(made)
    return made.digest


def test_a_tree_is_unpacked_once_and_holds_the_same_files(tmp_path: Path, home: Path) -> None:
    digest = _stored(tmp_path)
    tree = trees.ensure(digest)
    assert tree == home / "trees" / digest
    assert (tree / "d" / "data.json").read_text() == "{}"
    assert trees.ensure(digest) == tree
    assert [each.name for each in tree.parent.iterdir()] == [digest]


def test_a_tree_cannot_be_written_to(tmp_path: Path) -> None:
    tree = trees.ensure(_stored(tmp_path))
    modes = {path.stat().st_mode & 0o222 for path in (tree, *tree.rglob("*"))}
    assert modes == {0}


def test_a_tree_that_was_changed_is_put_right_by_the_next_process(tmp_path: Path) -> None:
    tree = trees.ensure(_stored(tmp_path))
    (tree / "a.py").chmod(0o600)
    (tree / "a.py").write_text("x = 2\n")
    trees._checked.clear()
    assert (trees.ensure(tree.name) / "a.py").read_text() == "x = 1\n"


def _plant(tree: Path, name: str) -> Path:
    """Compiled code that says something else than the source, and is not compared with it."""
    evil = tree.parent / "evil.py"
    evil.write_text("x = 'planted'\n")
    for folder in (tree, tree / "__pycache__"):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
    compiled = str(tree / name)
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    py_compile.compile(str(evil), cfile=compiled, invalidation_mode=mode)
    return Path(compiled)


@pytest.mark.parametrize("name", [cache_from_source("a.py"), "b.pyc", ".hidden", "d/c.so~"])
def test_a_tree_with_more_than_its_archive_is_unpacked_anew(tmp_path: Path, name: str) -> None:
    tree = trees.ensure(_stored(tmp_path))
    for folder in (tree, tree / "d"):
        folder.chmod(0o755)
    planted = _plant(tree, name)
    trees._checked.clear()
    trees.ensure(tree.name)
    assert not planted.exists()


def test_a_link_in_a_tree_is_removed_and_what_it_leads_to_is_left_alone(tmp_path: Path) -> None:
    tree = trees.ensure(_stored(tmp_path))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere").chmod(0o755)
    tree.chmod(0o755)
    (tree / "link").symlink_to(tmp_path / "elsewhere")
    trees._checked.clear()
    trees.ensure(tree.name)
    assert not (tree / "link").is_symlink()
    assert (tmp_path / "elsewhere").stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("name", ["a", "random"])
def test_job_code_is_read_from_its_source_and_not_from_what_was_compiled(
    tmp_path: Path, name: str
) -> None:
    root = write(tmp_path / "src", {f"{name}.py": "x = 'source'\n", "p/__init__.py": ""})
    write(root, {f"p/{name}.py": "x = 'source'\n"})
    _plant(root, cache_from_source(f"{name}.py"))
    _plant(root / "p", cache_from_source(f"{name}.py"))
    program = (
        "import importlib, sys; from pathlib import Path\n"
        "from jobsmith.sources.names import Folder\n"
        "sys.dont_write_bytecode = False; sys.path_importer_cache.clear()\n"
        "folder = Folder(Path(sys.argv[1]))\n"
        "for name in sys.argv[2:]: print(importlib.import_module(folder.import_name(name)).x)\n"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", program, str(root), name, f"p.{name}"]
    said = subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout
    assert said.split() == ["source", "source"]
    assert len(list(root.rglob("*.pyc"))) == 2


@pytest.mark.parametrize("digest", ["", "../../etc", "0" * 64])
def test_an_unknown_digest_is_missing(digest: str) -> None:
    with pytest.raises(CodeMissing):
        trees.ensure(digest)


def test_a_damaged_archive_is_not_unpacked(tmp_path: Path, home: Path) -> None:
    digest = _stored(tmp_path)
    other = trees.snapshot(write(tmp_path / "other", {"a.py": "evil"}))
    SourceTree.objects.filter(digest=digest).update(archive=other.archive)
    with pytest.raises(CodeMissing, match="damaged"):
        trees.ensure(digest)
    assert list((home / "trees").iterdir()) == []


def test_many_processes_may_unpack_at_once(tmp_path: Path, home: Path) -> None:
    root = write(tmp_path / "src", {f"m{n}.py": "x = 1\n" * 500 for n in range(50)})
    made = trees.snapshot(root)
    archive = tmp_path / "archive"
    archive.write_bytes(made.archive)
    target = home / "trees" / made.digest
    target.parent.mkdir(parents=True)
    program = (
        "import django, sys; django.setup()\n"
        "from pathlib import Path; from jobsmith.sources import trees\n"
        "trees._unpack(Path(sys.argv[1]).read_bytes(), sys.argv[2], Path(sys.argv[3]))\n"
    )
    command = [sys.executable, "-c", program, str(archive), made.digest, str(target)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    running = [subprocess.Popen(command, env=env) for _ in range(4)]
    assert [each.wait() for each in running] == [0] * 4
    assert trees.snapshot(target).digest == made.digest
    assert [each.name for each in target.parent.iterdir()] == [made.digest]


@pytest.mark.parametrize("keeps_times", [False, True])
def test_a_tree_that_a_run_changed_is_put_right_before_the_next_run(
    tmp_path: Path, keeps_times: bool
) -> None:
    tree = trees.ensure(_stored(tmp_path))
    before = (tree / "a.py").stat()
    (tree / "a.py").chmod(0o600)
    (tree / "a.py").write_text("x = 2\n")
    if keeps_times:
        (tree / "a.py").chmod(before.st_mode)
        os.utime(tree / "a.py", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (trees.ensure(tree.name) / "a.py").read_text() == "x = 1\n"


def test_what_a_run_adds_to_a_tree_is_gone_before_the_next_run(tmp_path: Path) -> None:
    tree = trees.ensure(_stored(tmp_path))
    (tree / "d").chmod(0o755)
    (tree / "d" / ".added").write_text("x")
    assert not (trees.ensure(tree.name) / "d" / ".added").exists()


def test_a_tree_that_nobody_changed_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = trees.ensure(_stored(tmp_path))
    monkeypatch.setattr(trees, "_is_intact", lambda *_: pytest.fail("it was read again"))
    assert trees.ensure(tree.name) == tree
