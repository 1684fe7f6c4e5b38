"""Names of modules in a folder of jobs, and the standing of those that are taken already.

A file may be called like a standard module (``random.py``) or like an installed package. An
``import random`` anywhere then still means the standard one: nothing in the process breaks. The
file itself is loaded below a package of ours whose path is the folder, but keeps its own name, so
that its jobs are called ``random.MyJob``.
"""

import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType

from .uncompiled import SourceOnlyLoader, read_sources_only

ASIDE = "_jobsmith_aside"
"""Package below which modules with a taken name are loaded."""

_loaded_aside: dict[str, ModuleType] = {}
"""What is loaded there. Looking for it in ``sys.modules`` would touch every module, and a forked
child would have to copy the memory of them all."""


class _AsideModule(ModuleType):
    """A module whose code is told another name than the import system."""

    @property
    def __name__(self) -> str:  # type: ignore[override]
        return str(self.__spec__ and self.__spec__.name)


class _AsideLoader(SourceOnlyLoader):
    """Loads a file whose code, and so its classes, bear the name in the folder."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the file's code under its own name."""
        _loaded_aside[self.name] = module
        vars(module)["__name__"] = self.name.removeprefix(f"{ASIDE}.")
        module.__class__ = _AsideModule
        super().exec_module(module)


class _AsideFinder(MetaPathFinder):
    """Finds modules below the package of ours."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of a module below the package; None for all others."""
        if not fullname.startswith(f"{ASIDE}."):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _AsideLoader(spec.loader.name, spec.loader.path)
        return spec


class Folder:
    """One folder of jobs whose modules this process can import."""

    def __init__(self, root: Path) -> None:
        """Make the folder importable; installed packages keep their names."""
        self.root = root
        self._taken: dict[str, bool] = {}
        read_sources_only(root)
        self._add_aside()
        if str(root) not in sys.path:
            sys.path.append(str(root))

    def _add_aside(self) -> None:
        aside = ModuleType(ASIDE)
        aside.__path__ = [str(self.root)]
        sys.modules[ASIDE] = aside
        if not any(isinstance(each, _AsideFinder) for each in sys.meta_path):
            sys.meta_path.insert(0, _AsideFinder())

    def import_name(self, name: str) -> str:
        """What to import for the module that the folder calls ``name``."""
        top = name.partition(".")[0]
        if top not in self._taken:
            self._taken[top] = self._is_taken(top)
        return f"{ASIDE}.{name}" if self._taken[top] else name

    def holds(self, file: str) -> bool:
        """Whether that file lies in the folder."""
        return bool(file) and Path(file).is_relative_to(self.root)

    def relative(self, file: str) -> str:
        """The path inside the folder."""
        return Path(file).relative_to(self.root).as_posix() if self.holds(file) else file

    def _is_taken(self, top: str) -> bool:
        if top in sys.stdlib_module_names:
            return True
        spec = importlib.util.find_spec(top)
        # A folder on the path without __init__.py (docs/, tests/) holds no name against a file.
        if spec is None or spec.origin is None:
            return False
        return not self.holds(spec.origin)


def aside_modules() -> list[ModuleType]:
    """The modules with a taken name that are loaded."""
    return [each for name, each in _loaded_aside.items() if sys.modules.get(name) is each]
