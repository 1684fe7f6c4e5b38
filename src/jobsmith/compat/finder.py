"""The finder of the peer's import names."""

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from .missing import MissingHere
from .table import SERVED, TOPS


class PeerModule(ModuleType):
    """A module of the peer: a view of one of ours, or of nothing."""

    finder: "PeerFinder"

    def __getattr__(self, name: str) -> Any:
        """A module below, a name of ours, or MissingHere, which names it."""
        if name.startswith("__"):
            raise AttributeError(name)
        path = f"{self.__name__}.{name}"
        if self.finder.leads_on(path):
            return import_module(path)
        target = self.finder.served.get(self.__name__)
        if target is not None and name in import_module(target).__all__:
            return getattr(import_module(target), name)
        raise MissingHere(path)


class PeerFinder(MetaPathFinder, Loader):
    """Finds every module of the peer, so that what is missing can be told by its whole name."""

    def __init__(self) -> None:
        self.served = dict(SERVED)

    def leads_on(self, path: str) -> bool:
        """Whether that is a module which is served, or one above it."""
        return any(f"{each}.".startswith(f"{path}.") for each in self.served)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """A spec for the peer's modules, unless the package above is a real one."""
        top, _, below = fullname.partition(".")
        if top not in TOPS or (below and not isinstance(sys.modules.get(top), PeerModule)):
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """A view that has no names of its own."""
        return PeerModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Tell ``import *`` which names there are."""
        vars(module)["finder"] = self
        target = self.served.get(module.__name__)
        if target is not None:
            vars(module)["__all__"] = list(import_module(target).__all__)


def is_here(module: str, name: str = "") -> bool | None:
    """Whether a module of the peer, or a name in it, is served; None where it is not the peer's."""
    if module.partition(".")[0] not in TOPS:
        return None
    finder = PeerFinder()
    if not name or finder.leads_on(f"{module}.{name}"):
        return finder.leads_on(f"{module}.{name}" if name else module)
    target = finder.served.get(module)
    return target is not None and (name == "*" or name in import_module(target).__all__)


def switch_on(more: Mapping[str, str] | None = None) -> None:
    """Serve the peer's names in this process from now on, and modules in ``more`` beside them."""
    finder = _switched_on()
    if finder is None:
        finder = PeerFinder()
        sys.meta_path.append(finder)
    finder.served.update(more or {})


def switch_off() -> None:
    """Serve them no longer, and forget those that were imported."""
    finder = _switched_on()
    if finder is not None:
        sys.meta_path.remove(finder)
    for name, module in list(sys.modules.items()):
        if isinstance(module, PeerModule):
            del sys.modules[name]


def _switched_on() -> PeerFinder | None:
    return next((each for each in sys.meta_path if isinstance(each, PeerFinder)), None)
