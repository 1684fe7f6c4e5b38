"""What a tree of code is made of, wherever it is read from. Needs no Django."""

from dataclasses import dataclass

LEFT_OUT = {"__pycache__", "node_modules", "lost+found"}
VENV_MARK = "pyvenv.cfg"
"""A folder that holds this file is an environment, not code."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of a tree."""

    content: bytes
    executable: bool = False


def folder_belongs(name: str) -> bool:
    """Whether folders of that name are read: no hidden ones, no caches."""
    return name not in LEFT_OUT and not name.startswith(".")


def file_belongs(name: str) -> bool:
    """Whether files of that name are read: no hidden ones, no compiled ones, and nothing that
    editors and desktops leave behind. All else a job may open, so it counts as code."""
    if name in _DESKTOPS or name.startswith((".", "~$")) or name.endswith(_ENDS):
        return False
    return not (name.startswith("#") and name.endswith("#"))


_ENDS = (".pyc", ".pyo", "~", ".swp", ".swo", ".swx", "___jb_tmp___", "___jb_old___")
_DESKTOPS = {"Thumbs.db", "desktop.ini", "4913"}
"""4913 is how Vim tries whether it may write."""
