"""The packages that a source's code asks for, in a folder of their own beside the server's.

Job processes look there last, so the server's own packages stay what they are; they also bind
what may be installed. Folders are named by what they hold, and are made once on each machine.
"""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

from jobsmith import egress
from jobsmith.conf import conf
from jobsmith.errors import PackagesMissing
from jobsmith.processes import capped
from jobsmith.specs import Problem

from .needs import Need, Needs, needs_of

NO_INSTALLER = 'The server lacks the extra "packages": pip install "jobsmith[packages]".'
SAID = 1_000
"""Characters that are told of what the installer said."""
LOOK_SECONDS = 1
"""How often it is looked whether an installation has become too large or takes too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provided:
    """Packages for an inspection."""

    folder: str = ""
    """"" where none are needed, or none could be had."""
    problems: tuple[Problem, ...] = ()


NONE = Provided()


@contextmanager
def provided(root: Path) -> Iterator[Provided]:
    """What the code below ``root`` asks for, installed where it was not yet.

    Where this process may not add to the machine's folders, it is gone again afterwards.
    """
    needs = needs_of(root)
    with tempfile.TemporaryDirectory(prefix="jobsmith-packages-") as spare:
        try:
            folder = _place(needs, Path(spare))
        except PackagesMissing as error:
            failed = Problem(code=error.code, message=error.message, file=needs.missing[0].file)
            yield Provided(folder="", problems=(*needs.problems, failed))
            return
        yield Provided(folder=folder, problems=needs.problems)


def install(root: Path) -> None:
    """Have them on this machine; raises PackagesMissing with a sentence."""
    _build(needs_of(root), _home())


def folder_for(root: Path) -> str:
    """Where the packages are that the code below ``root`` asks for, "" when it asks for none.

    Raises PackagesMissing where they are not on this machine.
    """
    needs = needs_of(root)
    if not needs.missing:
        return ""
    folder = _folder(needs)
    if not folder.is_dir():
        raise PackagesMissing
    with suppress(OSError):
        os.utime(folder)
    return str(folder)


def use(folder: str) -> None:
    """Have this process find the packages there, after its own."""
    if folder and folder not in sys.path:
        sys.path.append(folder)


def remove_unused(*, days: float) -> int:
    """Delete folders that no run has begun to use for so long; how many."""
    before = time.time() - days * 24 * 3600
    old = [each for each in _home().iterdir() if each.is_dir() and each.stat().st_mtime < before]
    for each in old:
        _remove(each)
    return len(old)


def _remove(folder: Path) -> None:
    """In one step for whoever wants to use it."""
    doomed = folder.with_name(f".gone-{uuid4()}")
    with suppress(OSError):  # another scheduler is at it
        folder.rename(doomed)
    shutil.rmtree(doomed, ignore_errors=True)


def _place(needs: Needs, spare: Path) -> str:
    if not needs.missing:
        return ""
    there = _folder(needs)
    if there.is_dir():
        return str(there)
    home = there.parent
    return str(_build(needs, home if os.access(home, os.W_OK) else spare))


def _home() -> Path:
    folder = conf().home / "packages"
    with suppress(OSError):
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    return folder


def _folder(needs: Needs) -> Path:
    return _home() / _key(needs)


def _key(needs: Needs) -> str:
    """Names what would be installed: the wishes, what binds them, and for which Python."""
    told = [
        sorted(each.text for each in needs.missing),
        _server_packages(),
        [platform.python_implementation(), platform.python_version(), platform.machine()],
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


@lru_cache(maxsize=1)
def _server_packages() -> list[str]:
    """``name==version`` of all that this Python has."""
    found = {(each.name, each.version) for each in metadata.distributions() if each.name}
    return sorted(f"{name}=={version}" for name, version in found if "+" not in version)


def _build(needs: Needs, home: Path) -> Path:
    """Install into a draft, then move it to its place in one step."""
    target = home / _key(needs)
    if target.is_dir() or not needs.missing:
        return target
    with tempfile.TemporaryDirectory(prefix=".draft-", dir=home) as folder:
        draft = Path(folder, "packages")
        _run(_command(needs.missing, Path(folder), draft), Path(folder))
        draft.chmod(0o755)
        with suppress(OSError):  # another process was first, with the same content
            draft.rename(target)
    if not target.is_dir():
        raise PackagesMissing("The folder of the installed packages could not be made.")
    return target


def _command(needs: tuple[Need, ...], folder: Path, draft: Path) -> list[str]:
    """Only ready-made packages: nothing of them runs while they are installed."""
    (folder / "wanted.txt").write_text("".join(f"{each.text}\n" for each in needs))
    (folder / "server.txt").write_text("".join(f"{each}\n" for each in _server_packages()))
    return [
        *_installer(),
        *("pip", "install", "--quiet", "--no-config", "--no-cache", "--only-binary", ":all:"),
        *("--python", capped.python(), "--target", str(draft), "--compile-bytecode"),
        *("--constraint", str(folder / "server.txt"), "--requirement", str(folder / "wanted.txt")),
        *(["--require-hashes"] if any(each.hashes for each in needs) else []),
    ]


def _installer() -> list[str]:
    if find_spec("uv") is None:
        raise PackagesMissing(NO_INSTALLER)
    return capped.command("uv")


def _run(command: list[str], folder: Path) -> None:
    with subprocess.Popen(  # noqa: S603 - our own interpreter, and words of ours
        command,
        cwd=folder,
        env=_surroundings(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as installer:
        try:
            said = _said(installer, folder)
        finally:
            capped.end(installer)
    if installer.returncode != 0:
        raise PackagesMissing(_sentence(said.decode(errors="replace"), folder))


def _surroundings(folder: Path) -> dict[str, str]:
    """What the installer keeps for a while lies in the folder too, and counts."""
    own = {name: value for name, value in os.environ.items() if name.startswith("UV_")}
    own |= {"HOME": os.environ["HOME"]} if "HOME" in os.environ else {}
    path = capped.surroundings()["PYTHONPATH"]
    return {
        **egress.surroundings(),
        **own,
        **{"PYTHONPATH": path, "NO_COLOR": "1", "TMPDIR": str(folder)},
    }


def _said(installer: "subprocess.Popen[bytes]", folder: Path) -> bytes:
    """What it has said when it ends; raises PackagesMissing when it takes too long or too much."""
    deadline = time.monotonic() + conf().packages_seconds
    while True:
        left = deadline - time.monotonic()
        try:
            _, said = installer.communicate(timeout=max(0, min(left, LOOK_SECONDS)))
        except subprocess.TimeoutExpired as error:
            if time.monotonic() >= deadline:
                sentence = f"Installing packages took longer than {conf().packages_seconds:g} s."
                raise PackagesMissing(sentence) from error
            _check_size(folder)
        else:
            _check_size(folder)
            return said


def _check_size(folder: Path) -> None:
    most = conf().packages_bytes
    if _size(folder) > most:
        raise PackagesMissing(
            f"The packages take more than the {most // 1024**2} MiB that PACKAGES_BYTES allows."
        )


def _size(folder: Path) -> int:
    """Bytes of all files; one that has several names counts once."""
    sizes: dict[tuple[int, int], int] = {}
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):  # the installer is at work
                found = os.lstat(os.path.join(place, name))
                sizes[found.st_dev, found.st_ino] = found.st_size
    return sum(sizes.values())


def _sentence(said: str, folder: Path) -> str:
    """What the installer said, without places on this machine and without drawing."""
    words = said.replace(f"{folder}{os.sep}", "").encode("ascii", "ignore").decode()
    return f"The packages cannot be installed. {' '.join(words.split())[:SAID]}"
