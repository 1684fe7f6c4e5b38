"""Which folder of jobs is served: the one that was named, or the one that comes along."""

import os
from contextlib import suppress
from pathlib import Path

_PLACES = (
    Path(__file__).resolve().parents[2] / "examples" / "jobs",  # a clone
    Path(__file__).resolve().parent / "example_jobs",  # an installed wheel
)


def examples_folder() -> Path | None:
    """The folder of example jobs, or None where they were not shipped."""
    return next((place for place in _PLACES if place.is_dir()), None)


def jobs_root(home: Path) -> Path | None:
    """The folder that was named, or else the one that was named last for this home.

    A command that is not told must not take all jobs of a running server for gone. Naming the
    examples, or asking for them by ``JOBSMITH_EXAMPLES``, forgets the other folder.
    """
    named, kept = os.environ.get("JOBSMITH_JOBS_ROOT", ""), home / _KEPT
    root = Path(named).resolve() if named else None
    if root is None and not _wanted():
        return _read(kept)
    with suppress(OSError):  # a home that only the server may write
        _keep(kept, root)
    return root


def are_examples(root: Path | None) -> bool:
    """Whether the jobs of that folder are those that come along, which people need not enable."""
    return root in (None, examples_folder()) and _wanted() is not False


def serves_examples(root: Path | None) -> bool:
    """Whether the example jobs, and the inventory app they work on, are in use.

    They are where no other folder of jobs was named; ``JOBSMITH_EXAMPLES`` (1 or 0) overrides.
    """
    wanted = _wanted()
    return wanted if wanted is not None else root is None or root == examples_folder()


_KEPT = "jobs_root"


def _wanted() -> bool | None:
    said = os.environ.get("JOBSMITH_EXAMPLES", "")
    return said not in {"0", "false", "no"} if said else None


def _read(kept: Path) -> Path | None:
    with suppress(OSError):
        said = kept.read_text(encoding="utf-8").rstrip("\n")
        return Path(said) if said else None
    return None


def _keep(kept: Path, root: Path | None) -> None:
    if root is None or root == examples_folder():
        kept.unlink(missing_ok=True)
    elif root != _read(kept):
        kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        kept.write_text(f"{root}\n", encoding="utf-8")
