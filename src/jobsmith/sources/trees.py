"""Immutable, content-addressed versions of folders of code.

A run names the digest of its tree; any worker can unpack that tree from the database.
"""

import gzip
import hashlib
import io
import os
import re
import shutil
import stat
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.utils import timezone

from jobsmith.conf import conf
from jobsmith.errors import CodeMissing, SourceBroken
from jobsmith.models import SourceTree
from jobsmith.specs import Problem

from .belonging import VENV_MARK, File, file_belongs, folder_belongs

MAX_BYTES = 64 * 1024**2
MAX_FILES = 5_000
MAX_DEPTH = 20
DRAFT = ".draft-"

_DIGEST = re.compile(r"[0-9a-f]{64}")
_checked: dict[Path, str] = {}
"""Trees that this process has compared with their digest, and how they stood then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One version of a folder."""

    digest: str
    archive: bytes
    problems: tuple[Problem, ...] = ()
    """Files that could not be read."""


def snapshot(root: Path) -> Snapshot:
    """The folder as it is now; SourceBroken when it cannot be read or is over a cap."""
    files: dict[str, File] = {}
    problems: list[Problem] = []
    size = 0
    for path in paths_below(root):
        name = path.relative_to(root).as_posix()
        try:
            file = _read(path)
        except OSError as error:
            problems.append(Problem(code="unreadable", message=str(error.strerror), file=name))
            continue
        if file is None:
            continue
        files[name] = file
        size += len(file.content)
        _check_caps(len(files), size)
    return made_of(files, problems)


def made_of(files: Mapping[str, File], problems: Iterable[Problem] = ()) -> Snapshot:
    """The version that holds exactly these files, by their paths."""
    return Snapshot(digest=digest_of(files), archive=_pack(files), problems=tuple(problems))


def store(made: Snapshot, *, label: str = "") -> SourceTree:
    """Keep the snapshot in the database, once."""
    return keep(made.digest, archive=made.archive, label=label)


def keep(digest: str, **fields: Any) -> SourceTree:
    """The row of a code version, made of ``fields`` if it is missing; it is not pruned soon."""
    SourceTree.objects.filter(digest=digest).update(used_at=timezone.now())
    return SourceTree.objects.defer("archive").get_or_create(digest=digest, defaults=fields)[0]


def ensure(digest: str) -> Path:
    """The folder of exactly that tree, unpacked if it was missing; CodeMissing if it is gone."""
    if not _DIGEST.fullmatch(digest):
        raise CodeMissing(f"{digest!r:.80} is no code version.")
    target = _trees() / digest
    stands = _standing(target)
    if not stands or _checked.get(target) != stands:
        _checked[target] = _put_right(target, digest, stands)
    return target


def _put_right(target: Path, digest: str, stands: str) -> str:
    """See that the folder is that tree; how it stands then."""
    if stands and _is_intact(target, digest):
        return stands  # as it stood before it was read: what changes meanwhile is seen next time
    archive = _archive(digest)
    with suppress(FileNotFoundError):  # it is missing, or another process was first
        remove(target)
    _unpack(archive, digest, target)
    return _standing(target)


@contextmanager
def laid_out(files: Mapping[str, File]) -> Iterator[Path]:
    """The files in a folder of their own, read-only, for a look before they are kept."""
    folder = Path(tempfile.mkdtemp(prefix="jobsmith-draft-")).resolve()
    try:
        _write(folder, files)
        yield folder
    finally:
        _remove(folder)


def unpacked() -> list[Path]:
    """Folders of the versions on this machine, named by digest, and of unfinished drafts."""
    return list(_trees().iterdir())


def remove(folder: Path) -> None:
    """Take an unpacked version away, in one step for whoever wants to use it."""
    doomed = folder.with_name(f"{DRAFT}{uuid4()}")
    folder.rename(doomed)
    _checked.pop(folder, None)
    _remove(doomed)


def digest_of(files: Mapping[str, File]) -> str:
    """SHA-256 over sorted paths, modes and contents."""
    total = hashlib.sha256(b"jobsmith tree 1\0")
    for name, file in sorted(files.items()):
        encoded = name.encode("utf-8", "surrogateescape")
        total.update(b"%d:%s%d:%d:" % (len(encoded), encoded, file.executable, len(file.content)))
        total.update(file.content)
    return total.hexdigest()


def paths_below(root: Path) -> Iterator[Path]:
    """Files that may belong to a tree, without symlinks, hidden files and caches."""
    if not os.access(root, os.R_OK | os.X_OK):
        raise SourceBroken(f"{root.name} is not a folder that can be read.")
    for folder, folders, names in os.walk(root):
        depth = len(Path(folder).relative_to(root).parts)
        if depth > MAX_DEPTH:
            raise SourceBroken(f"The folder is nested more than {MAX_DEPTH} levels deep.")
        folders[:] = sorted(each for each in folders if _belongs(Path(folder, each)))
        for name in sorted(names):
            if file_belongs(name):
                yield Path(folder, name)


def _belongs(folder: Path) -> bool:
    if not folder_belongs(folder.name) or folder.is_symlink():
        return False
    return not (folder / VENV_MARK).exists()


def _read(path: Path) -> File | None:
    """The file, read once so that digest and archive agree; None for what is no plain file."""
    if not stat.S_ISREG(path.lstat().st_mode):
        return None
    # The file may have been replaced since: O_NOFOLLOW refuses a link, O_NONBLOCK a waiting pipe.
    number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(number, "rb") as stream:
        found = os.fstat(number)
        if not stat.S_ISREG(found.st_mode):
            return None
        content = stream.read(MAX_BYTES + 1)
    return File(content, bool(found.st_mode & stat.S_IXUSR))


def _check_caps(count: int, size: int) -> None:
    if count > MAX_FILES:
        raise SourceBroken(f"The folder holds more than {MAX_FILES} files.")
    if size > MAX_BYTES:
        raise SourceBroken(f"The folder holds more than {MAX_BYTES // 1024**2} MiB.")


def _pack(files: Mapping[str, File]) -> bytes:
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=6, mtime=0) as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name, file in sorted(files.items()):
            member = tarfile.TarInfo(name)
            member.size = len(file.content)
            member.mode = 0o555 if file.executable else 0o444
            tar.addfile(member, io.BytesIO(file.content))
    return packed.getvalue()


def _archive(digest: str) -> bytes:
    tree = SourceTree.objects.filter(digest=digest).only("archive").first()
    if tree is None or tree.archive is None:
        raise CodeMissing(f"The code version {digest[:12]} is kept nowhere.")
    return bytes(tree.archive)


def _unpack(archive: bytes, digest: str, target: Path) -> None:
    """Write the tree beside its place, then move it there in one step."""
    files = dict(_members(archive))
    if digest_of(files) != digest:
        raise CodeMissing(f"The code version {digest[:12]} is damaged in the database.")
    draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=target.parent))
    try:
        _write(draft, files)
        _move(draft, target)
    finally:
        if draft.exists():
            _remove(draft)
    target.chmod(0o555)


def _move(draft: Path, target: Path) -> None:
    try:
        draft.rename(target)
    except OSError:
        # Another process was first, with the same content; anything else is an error.
        if not target.is_dir():
            raise


def _members(archive: bytes) -> Iterator[tuple[str, File]]:
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        for member in tar:
            content = tar.extractfile(member)
            parts = Path(member.name).parts
            if content is None or not member.isreg() or ".." in parts or parts[0] == "/":
                raise CodeMissing("The archive of the code version holds more than plain files.")
            yield member.name, File(content.read(), bool(member.mode & 0o100))


def _write(folder: Path, files: Mapping[str, File]) -> None:
    for name, file in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
        path.chmod(0o555 if file.executable else 0o444)
    for below in _folders(folder):
        below.chmod(0o555)
    # Until it stands in its place the top folder stays writable: a rename may need that.
    folder.chmod(0o755)


def _standing(target: Path) -> str:
    """What tells cheaply whether anything below was changed: the kernel notes when, and jobs
    cannot set that. "" when there is no such folder."""
    total = hashlib.sha256()
    folders = [str(target)]
    try:
        _note(total, ".", target.lstat())
        while folders:
            with os.scandir(folders.pop()) as entries:
                for each in sorted(entries, key=lambda entry: entry.name):
                    _note(total, each.path, each.stat(follow_symlinks=False))
                    if each.is_dir(follow_symlinks=False):
                        folders.append(each.path)
    except OSError:
        return ""
    return total.hexdigest()


def _note(total: "hashlib._Hash", path: str, found: os.stat_result) -> None:
    told = (path, found.st_ino, found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    total.update(repr(told).encode("utf-8", "surrogateescape"))


def _is_intact(target: Path, digest: str) -> bool:
    """Whether it holds the files of that tree, and nothing that a snapshot would pass over."""
    try:
        files = list(paths_below(target))
        if not _found(target) <= {target, *files, *_around(target, files)}:
            return False
        return snapshot(target).digest == digest
    except SourceBroken:
        return False


def _found(target: Path) -> set[Path]:
    """All that lies below, also what is hidden, compiled or a link."""
    walked = os.walk(target)
    return {Path(folder, name) for folder, below, names in walked for name in (*below, *names)}


def _around(target: Path, files: Iterable[Path]) -> set[Path]:
    return {each for file in files for each in file.parents if target in each.parents}


def _remove(folder: Path) -> None:
    for each in (folder, *_folders(folder)):
        each.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def _folders(folder: Path) -> Iterable[Path]:
    """The folders below; a link is none, whatever it leads to."""
    found = [Path(parent, name) for parent, names, _ in os.walk(folder) for name in names]
    return [each for each in found if not each.is_symlink()]


def _trees() -> Path:
    folder = conf().home / "trees"
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    return folder
