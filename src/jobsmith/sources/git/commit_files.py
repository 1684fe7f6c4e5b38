"""The plain files of a commit, read from Git objects. Nothing is checked out."""

import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dulwich.objects import S_ISGITLINK, Blob, ObjectID, Tree, TreeEntry, parse_tree

from ..belonging import VENV_MARK, File, file_belongs, folder_belongs

LFS_MARK = b"version https://git-lfs.github.com/spec/"
_DISGUISED = re.compile(r"git~\d+", re.IGNORECASE)
"""What ``.git`` is called where names have eight letters."""
MAX_NAME = 255
MAX_PATH = 1_000
MAX_PROBLEMS = 200


class Refused(Exception):
    """The commit cannot be used; the message is a sentence for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How much a commit may hold."""

    files: int
    bytes: int
    depth: int


def folder_of(store: Any, key: bytes, path: str) -> bytes:
    """The tree object of a folder below that of a commit; raises Refused."""
    for name in path.encode().split(b"/") if path else ():
        found = [each for each in _entries(store, key) if each.path == name]
        if not found or not stat.S_ISDIR(found[0].mode):
            raise Refused(f"The commit has no folder called {path}.")
        key = found[0].sha
    return key


def _entries(store: Any, key: bytes) -> Iterator[TreeEntry]:
    """What a tree object names; raises Refused.

    Of an entry that comes twice, the reader of a commit may be shown one and we take the other.
    """
    tree = store[key]
    if not isinstance(tree, Tree):
        raise Refused("A folder of the commit is none.")
    seen = set[bytes]()
    for name, mode, sha in parse_tree(tree.as_raw_string(), len(key) // 2):
        if name in seen:
            raise Refused(f"The commit holds two entries called {_shown(name)}.")
        seen.add(name)
        yield TreeEntry(name, mode, ObjectID(sha))


def _shown(name: bytes) -> str:
    text = name[:100].decode("utf-8", "replace")
    return "".join(each if each.isprintable() else "?" for each in text)


@dataclass(slots=True)
class CommitFiles:
    """Collects the files below a tree object; what cannot be kept becomes a problem."""

    store: Any
    caps: Caps
    files: dict[str, File] = field(default_factory=dict)
    problems: list[dict[str, str]] = field(default_factory=list)
    _size: int = 0
    _seen: int = 0
    _folded: set[str] = field(default_factory=set)

    def read(self, key: bytes, prefix: str = "", depth: int = 0) -> None:
        """Read the tree and all below it; raises Refused over a cap."""
        if depth > self.caps.depth:
            raise Refused(f"The commit is nested more than {self.caps.depth} levels deep.")
        entries = sorted(_entries(self.store, key), key=lambda each: each.path)
        if any(entry.path == VENV_MARK.encode() for entry in entries):
            return
        for entry in entries:
            self._count()
            name = self._name(entry.path, prefix)
            if name is not None:
                self._take(entry, name, depth)

    def _count(self) -> None:
        """A few objects can name one another so often that walking them never ends."""
        self._seen += 1
        if self._seen > 10 * self.caps.files:
            raise Refused(f"The commit holds more than {10 * self.caps.files} entries.")

    def _take(self, entry: Any, name: str, depth: int) -> None:
        last = name.rpartition("/")[2]
        if S_ISGITLINK(entry.mode):
            self._note("submodule", name, "A submodule is not fetched.")
        elif stat.S_ISLNK(entry.mode):
            self._note("symlink", name, "A symbolic link is left out.")
        elif stat.S_ISDIR(entry.mode):
            if folder_belongs(last):
                self.read(entry.sha, f"{name}/", depth + 1)
        elif not stat.S_ISREG(entry.mode):
            self._note("no_file", name, "This is neither a file nor a folder; it is left out.")
        elif file_belongs(last):
            self._add(entry, name)

    def _add(self, entry: Any, name: str) -> None:
        blob = self.store[entry.sha]
        if not isinstance(blob, Blob):
            raise Refused("A file of the commit is none.")
        content = blob.data
        if content.startswith(LFS_MARK):
            self._note("lfs_pointer", name, "The content lies in LFS, and is not fetched.")
            return
        if name.casefold() in self._folded:
            self._note(
                "case_clash", name, "Another file differs only in case; this one is left out."
            )
            return
        self._folded.add(name.casefold())
        self._size += len(content)
        self.files[name] = File(content, bool(entry.mode & 0o100))
        if len(self.files) > self.caps.files:
            raise Refused(f"The commit holds more than {self.caps.files} files.")
        if self._size > self.caps.bytes:
            raise Refused(f"The commit holds more than {self.caps.bytes // 1024**2} MiB.")

    def _name(self, raw: bytes, prefix: str) -> str | None:
        """The path of an entry; None, and a problem, where no plain file can have it."""
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            text = ""
        bad = not text.isprintable() or any(each in text for each in "/\\")
        bad = bad or text in ("", ".", "..") or _DISGUISED.fullmatch(text) is not None
        path = prefix + text
        if bad or len(raw) > MAX_NAME or len(path) > MAX_PATH:
            self._note(
                "bad_name",
                prefix + _shown(raw),
                "The name cannot be that of a file; it is left out.",
            )
            return None
        return path

    def _note(self, code: str, file: str, message: str) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append({"code": code, "file": file[:500], "message": message})
