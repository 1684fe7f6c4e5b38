"""Evil repositories, one a row: what each holds or is called, and what has to be said of it.

A new evil takes a row here and no test.
"""

import os
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jobsmith.sources import trees

from .evil_git_server import (
    BLOB,
    OFS_DELTA,
    REF_DELTA,
    Evil,
    Thing,
    blob,
    commit,
    entry,
    pack,
    tag,
    tree,
)

GOOD = blob(b"x = 1\n")
INNER = tree(("100644", b"b.py", GOOD))
TOP = tree(("100644", b"a.py", GOOD))
HEAD = commit(TOP)
DAMAGED = "The commit could not be fetched: what the server sent is damaged or incomplete."
TOO_MUCH = "The commit needs more memory to fetch than GIT_FETCH_MEMORY allows."
NO_NAME = "bad_name"
MEGABYTE = 1024**2
SECRET = "canary-of-the-server-77"
"""What the environment of the server holds; `CODE` tries to tell it."""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What a server sends."""

    name: str
    evil: Callable[[], Evil]
    said: str = ""
    """How the refusal ends; "" where the rest of the commit is fetched."""
    files: frozenset[str] = frozenset()
    """All that is kept."""
    problems: frozenset[tuple[str, str]] = frozenset()
    """What is left out: code and file."""
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Code:
    """A file of jobs that does evil while it is read."""

    name: str
    code: str
    said: str | None
    """What its problem says; None where what it does comes to nothing."""


@dataclass(frozen=True, kw_only=True)
class Typed:
    """What somebody types as the address or branch of a repository."""

    name: str
    field: str
    value: str
    said: str


def kept(
    name: str,
    files: Iterable[str],
    problems: Iterable[tuple[str, str]],
    *top: Any,
    more: Iterable[Thing] = (),
) -> Sent:
    """A commit with these entries, of which the rest is fetched; ``more`` is sent below them."""
    evil = lambda: of(*top, more=more)  # noqa: E731
    return Sent(name=name, evil=evil, files=frozenset(files), problems=frozenset(problems))


def refused(name: str, said: str, evil: Callable[[], Evil], **settings: Any) -> Sent:
    return Sent(name=name, evil=evil, said=said, settings=settings)


def of(*top: tuple[str, bytes, Thing | str], more: Iterable[Thing] = ()) -> Evil:
    """A commit whose top folder has these entries."""
    folder = tree(*top)
    head = commit(folder)
    known = {each.key: each for _, _, each in top if isinstance(each, Thing)}
    things = {GOOD.key: GOOD, INNER.key: INNER, **known, **{each.key: each for each in more}}
    return Evil(head.key, pack(head, folder, *things.values()))


def forged(name: str, said: str, *top: Any) -> Sent:
    """A commit that lies about what its entries are."""

    def evil() -> Evil:
        folder = tree(*top)
        head = commit(folder)
        return Evil(head.key, pack(head, folder, GOOD, INNER))

    return refused(name, said, evil)


def lying(name: str, said: str, *things: Thing, **how: Any) -> Sent:
    """A pack that is not what it says."""
    return refused(name, said, lambda: Evil(HEAD.key, pack(*things, **how)))


def many_files() -> Evil:
    top = tree(*[("100644", b"f%06d.py" % number, GOOD) for number in range(200_000)])
    head = commit(top)
    return Evil(head.key, pack(head, top, GOOD))


def folders_of_folders() -> Evil:
    """Few objects that stand for 9 to the power of 10 files."""
    things = [INNER]
    for _ in range(10):
        things.append(tree(*[("40000", b"d%d" % number, things[-1]) for number in range(9)]))
    head = commit(things[-1])
    return Evil(head.key, pack(head, GOOD, *things))


def deep_folders() -> Evil:
    things = [INNER]
    for _ in range(trees.MAX_DEPTH + 2):
        things.append(tree(("40000", b"d", things[-1])))
    head = commit(things[-1])
    return Evil(head.key, pack(head, GOOD, *things))


def tags_of_tags() -> Evil:
    chain = [tag(HEAD, "commit")]
    for _ in range(11):
        chain.append(tag(chain[-1], "tag"))
    return Evil(chain[-1].key, pack(HEAD, TOP, GOOD, *chain), ref=b"refs/tags/main")


LONG = b"\x80\x80\x04" + b"\x80\x80\x80\x80\x0a" + b"\x80" * 40_000
"""A delta that copies 64 KiB again and again: 2.6 GB of nothing."""


def bomb(raw: bytes) -> Evil:
    return Evil(HEAD.key, pack(HEAD, TOP, GOOD, blob(bytes(65536)), raw=[raw]))


def endless() -> Evil:
    def pieces() -> Iterable[bytes]:
        yield b"PACK" + struct.pack(">II", 2, 2**31)
        noise = os.urandom(60_000)
        while True:
            yield entry(BLOB, noise)[:60_000]

    return Evil(HEAD.key, pieces)


POINTER = blob(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
SCRIPT = blob(b"#!/bin/sh\ntouch /tmp/escaped\n")
HOOK = tree(("100755", b"post-checkout", SCRIPT))
ATTRIBUTES = blob(b"* filter=evil\n")
MODULES = blob(b'[submodule "sub"]\n\tpath = sub\n\turl = ext::sh -c true\n')
OK = ("100644", b"a.py", GOOD)


def called(name: str, *raw: bytes, shown: Iterable[str]) -> Sent:
    """Files that are called so, beside one that is fine."""
    top = [("100644", each, blob(b"evil\n")) for each in raw]
    return kept(name, {"a.py"}, {(NO_NAME, each) for each in shown}, *top, OK)


SENT = (
    kept(
        "symlinks",
        {"a.py"},
        {("symlink", "passwd"), ("symlink", "up")},
        ("120000", b"passwd", blob(b"/etc/passwd")),
        ("120000", b"up", blob(b"../..")),
        OK,
    ),
    kept(
        "a symlink with files below it",
        {"a.py"},
        {("symlink", "out")},
        ("120000", b"out", blob(b"/tmp")),
        OK,
    ),
    kept(
        "a submodule by ext::",
        {"a.py"},
        {("submodule", "sub")},
        ("100644", b".gitmodules", MODULES),
        OK,
        ("160000", b"sub", HEAD.key),
    ),
    kept(
        "hooks",
        {"a.py", "hooks/post-checkout"},
        (),
        OK,
        ("40000", b"hooks", HOOK),
        more=(SCRIPT,),
    ),
    kept("filters", {"a.py"}, (), ("100644", b".gitattributes", ATTRIBUTES), OK),
    kept(
        "a pointer to LFS", {"a.py"}, {("lfs_pointer", "m.bin")}, OK, ("100644", b"m.bin", POINTER)
    ),
    kept(
        "names that differ in case",
        {"Jobs.py"},
        {("case_clash", "jobs.py")},
        ("100644", b"Jobs.py", GOOD),
        ("100644", b"jobs.py", GOOD),
    ),
    kept(
        "folders called like .git",
        {"ok.py"},
        {(NO_NAME, "git~1"), (NO_NAME, "GIT~2"), (NO_NAME, ".g?it")},
        *(("40000", name, INNER) for name in (b".git", b".GIT", b".Git ")),
        *(("40000", name, INNER) for name in (b"git~1", b"GIT~2", b".g\xe2\x80\x8cit")),
        ("100644", b"ok.py", GOOD),
    ),
    kept(
        "modes of devices",
        {"suid.py"},
        {("no_file", name) for name in ("device", "fifo", "socket", "none")},
        *(("104755", b"suid.py", GOOD), ("60644", b"device", GOOD)),
        *(("10644", b"fifo", GOOD), ("140644", b"socket", GOOD), ("0", b"none", GOOD)),
    ),
    called("the folder above", b"..", shown=[".."]),
    called("the folder itself", b".", shown=["."]),
    called("a path upwards", b"a/../../b", shown=["a/../../b"]),
    called("an absolute path", b"/etc", shown=["/etc"]),
    called("a backslash", b"back\\slash", shown=["back\\slash"]),
    called("a line end", b"new\nline", shown=["new?line"]),
    called("bytes that are no text", b"\xff\xfe", shown=["\ufffd\ufffd"]),
    called("no name", b"", shown=[""]),
    called("turned text", b"b\xe2\x80\xaeyp.py", shown=["b?yp.py"]),
    called("colours", b"\x1b[31mred.py", shown=["?[31mred.py"]),
    called("a name without end", b"x" * 300, shown=[100 * "x"]),
    forged("a NUL in a name", DAMAGED, ("100644", b"a\0b.py", GOOD)),
    forged("a name twice", "two entries called a.py.", OK, ("100755", b"a.py", GOOD)),
    forged(
        "a file and a folder",
        "two entries called a.",
        ("100644", b"a", GOOD),
        ("40000", b"a", INNER),
    ),
    forged(
        "a folder and a link",
        "two entries called a.",
        ("40000", b"a", INNER),
        ("120000", b"a", GOOD),
    ),
    forged("a file that is a folder", "A file of the commit is none.", ("100644", b"a.py", INNER)),
    forged("a folder that is a file", "A folder of the commit is none.", ("40000", b"a", GOOD)),
    forged("a file that is never sent", DAMAGED, ("100644", b"a.py", blob(b"never sent"))),
    lying("no commit", DAMAGED, TOP, GOOD),
    refused(
        "a commit of a file",
        "A folder of the commit is none.",
        lambda: Evil(commit(GOOD).key, pack(commit(GOOD), GOOD)),
    ),
    lying("more objects than it says", DAMAGED, HEAD, TOP, GOOD, count=2),
    lying("fewer objects than it says", DAMAGED, HEAD, TOP, GOOD, count=1_000_000),
    lying("an object that is larger", DAMAGED, HEAD, TOP, raw=[entry(BLOB, b"y" * MEGABYTE, 10)]),
    lying("an object that is smaller", DAMAGED, HEAD, TOP, raw=[entry(BLOB, b"y", 2**40)]),
    refused("a wrong checksum", DAMAGED, lambda: Evil(HEAD.key, pack(HEAD, TOP, GOOD)[:-1] + b"x")),
    refused("half a pack", DAMAGED, lambda: Evil(HEAD.key, pack(HEAD, TOP, GOOD)[:60])),
    lying("a delta of nothing", DAMAGED, HEAD, TOP, raw=[entry(REF_DELTA, b"x", base=bytes(20))]),
    lying("a delta of itself", DAMAGED, HEAD, TOP, raw=[entry(OFS_DELTA, b"x", base=b"\0")]),
    refused(
        "a tag of a file",
        "stands for no commit.",
        lambda: Evil(tag(GOOD, "blob").key, pack(tag(GOOD, "blob"), GOOD)),
    ),
    refused("tags of tags", "That name stands for no commit.", tags_of_tags),
    refused(
        "two hundred thousand files",
        f"The commit holds more than {trees.MAX_FILES} files.",
        many_files,
    ),
    refused(
        "folders of folders",
        f"The commit holds more than {trees.MAX_FILES} files.",
        folders_of_folders,
    ),
    refused("folders without end", "levels deep.", deep_folders),
    refused(
        "a huge file",
        f"The commit holds more than {trees.MAX_BYTES // MEGABYTE} MiB.",
        lambda: of(("100644", b"zeros.bin", blob(bytes(trees.MAX_BYTES + 1)))),
    ),
    refused(
        "a zip bomb",
        TOO_MUCH,
        lambda: bomb(entry(BLOB, bytes(150 * MEGABYTE))),
        GIT_FETCH_MEMORY=128 * MEGABYTE,
    ),
    refused(
        "a delta bomb",
        TOO_MUCH,
        lambda: bomb(entry(REF_DELTA, LONG, base=bytes.fromhex(blob(bytes(65536)).key))),
        GIT_FETCH_MEMORY=128 * MEGABYTE,
    ),
    refused("a pack without end", "", endless, GIT_FETCH_BYTES=2 * MEGABYTE),
)
EITHER = {"a pack without end": (DAMAGED, "The commit takes more than 2 MiB to fetch.")}
"""Rows of which it is a matter of luck what is seen first."""

CODE = (
    Code(name="circle_a", code="from .circle_b import b\na = 1\n", said="circular import"),
    Code(name="circle_b", code="from .circle_a import a\nb = 1\n", said="circular import"),
    Code(name="hog", code="x = 1\ny = bytearray(8 * 1024**3)\n", said="MemoryError"),
    Code(name="leave", code="import os\nos._exit(0)\n", said="ended the process (exit code 0)"),
    Code(name="stop", code="raise SystemExit(3)\n", said="SystemExit"),
    Code(
        name="crash",
        code="import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n",
        said="SIGSEGV",
    ),
    Code(name="deep", code="def f():\n    f()\nf()\n", said="RecursionError"),
    Code(
        name="flood",
        code="import os\nfor _ in range(200):\n    os.write(1, bytes(10**6))\n",
        said=None,
    ),
    Code(
        name="tell",
        code="import os\nos.write(1, str(dict(os.environ)).encode())\n"
        "raise ValueError(os.environ['EVIL_TEST_PASSWORD'])\n",
        said="KeyError: 'EVIL_TEST_PASSWORD'",
    ),
    Code(
        name="turned",
        code="raise ValueError('\\ud800\\x00\\u202eevil')\n",
        said="ValueError",
    ),
    Code(
        name="mend",
        code="import os\nfrom django.conf import settings\n"
        "from django.db.models import Model, QuerySet\n"
        "Model.save = QuerySet.delete = None\nsettings.SECRET_KEY = 'mine'\n"
        "os.environ['PATH'] = '/evil'\n",
        said=None,
    ),
    Code(
        name="rise",
        code="from django.contrib.auth import get_user_model\n"
        "get_user_model().objects.create_superuser('evil', 'evil@example.com', 'evil')\n",
        said="READ_WITH_DATABASE",
    ),
    Code(
        name="rise_past_django",
        code="import os, sqlite3\nfrom django.conf import settings\n"
        "home = settings.JOBSMITH['HOME']\n"
        "for folder, _, names in os.walk(os.path.join(home, 'db')):\n"
        "    for name in names:\n"
        "        rows = sqlite3.connect(os.path.join(folder, name))\n"
        "        rows.execute('update accounts_user set is_superuser = not is_superuser')\n"
        "        rows.commit()\n"
        "assert not os.path.exists(os.path.join(home, 'secret.key'))\n",
        said=None,
    ),
    Code(
        name="steal",
        code="from jobsmith.inputs.vault import open_sealed\n"
        "from jobsmith.models import GitRepository\n"
        "raise ValueError([open_sealed(x.sealed_token) for x in GitRepository.objects.all()])\n",
        said="READ_WITH_DATABASE",
    ),
    Code(
        name="steal_keys",
        code="import os\nfrom django.conf import settings\nfrom jobsmith.conf import conf\n"
        "found = [settings.SECRET_KEY, conf().secret_keys, dict(os.environ)]\n"
        "for name in os.listdir('/proc'):\n"
        "    try:\n"
        "        found.append(open(f'/proc/{name}/environ').read())\n"
        "    except OSError:\n"
        "        pass\n"
        "words = ('only-for-tests-', 'canary-of-the-server')\n"
        "raise ValueError([each in repr(found) for each in words])\n",
        said="ValueError: [False, False]",
    ),
)

NO_WAY = "Only addresses that begin with"
NO_ADDRESS = "This is no address of a repository."
NO_REF = "This is no name of a branch, a tag or a commit."
OWN_FIELDS = "Leave the user name and password out of the address"
TYPED = (
    Typed(name="ext::", field="remote_url", value="ext::sh -c true", said=NO_ADDRESS),
    Typed(name="ext:: in one word", field="remote_url", value="ext::id", said=NO_WAY),
    Typed(name="a file here", field="remote_url", value="file:///etc", said=NO_WAY),
    Typed(name="the Git protocol", field="remote_url", value="git://example.com/x", said=NO_WAY),
    Typed(name="an option as address", field="remote_url", value="--upload-pack=x", said=NO_WAY),
    Typed(name="an option as host", field="remote_url", value="ssh://-oX=x/y", said=NO_ADDRESS),
    Typed(name="a password", field="remote_url", value="https://u:pw@host/x", said=OWN_FIELDS),
    Typed(name="a ref like an option", field="branch", value="--upload-pack=x", said=NO_REF),
    Typed(name="a range of refs", field="branch", value="a..b", said=NO_REF),
    Typed(
        name="a folder above", field="subfolder", value="../x", said="must not be empty, . or .."
    ),
)
