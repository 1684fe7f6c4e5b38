"""Asks job code what only it can answer: dynamic choices, defaults, querysets, `validate_data`.

The code stays in a warm child for each code version; questions and answers are JSON.
"""

import json
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any

from jobsmith.conf import conf
from jobsmith.errors import (
    CodeMissing,
    NotStorable,
    OptionsUnavailable,
    PackagesMissing,
    SandboxMissing,
    TooDeep,
)
from jobsmith.models import Job
from jobsmith.processes.sandbox import Sandbox
from jobsmith.received import check_json
from jobsmith.specs import JSON, JobSpec

from . import installing
from .overlay import folder_for
from .sandboxes import level_of, sandbox_for
from .trees import ensure
from .warm import Answer, ChildClosed, WarmChild

CACHE_SECONDS = 10
CACHE_ENTRIES = 1_000
MAX_CHILDREN = 4
ATTEMPTS = 3
"""A child may be closed, to make room, between being found and being asked."""

_lock = Lock()
_children: "OrderedDict[tuple[str, Sandbox | None], WarmChild]" = OrderedDict()
_cache: "OrderedDict[str, tuple[float, JSON]]" = OrderedDict()


@dataclass(frozen=True, slots=True)
class CodeAnswers:
    """What the code of one job says to one user; satisfies `inputs.form.Answers`."""

    class_path: str
    digest: str
    is_package: bool
    user_key: str
    source_key: str = ""

    def choices(self, variable: str, values: dict[str, JSON]) -> list[Any]:
        """Choices as ``[value, label]`` pairs and ``[group, [pairs]]``."""
        found = self._kept({"kind": "choices", "variable": variable, "values": values})
        return list(found)

    def default(self, variable: str) -> JSON:
        """The default."""
        return self._kept({"kind": "default", "variable": variable})

    def pks(self, variable: str) -> list[str]:
        """Keys of the records that the author's queryset holds."""
        return list(self._kept({"kind": "pks", "variable": variable}))

    def validate(self, values: dict[str, JSON]) -> dict[str, list[str]]:
        """Sentences of the author's ``validate_data`` by variable, or by ``__all__``."""
        return dict(self._ask({"kind": "validate", "values": values}))

    def _kept(self, question: dict[str, JSON]) -> JSON:
        key = json.dumps([self.digest, self.class_path, self.user_key, question], sort_keys=True)
        with _lock:
            made_at, answer = _cache.get(key, (0.0, None))
        if time.monotonic() - made_at < CACHE_SECONDS:
            return answer
        answer = self._ask(question)
        with _lock:
            _cache[key] = (time.monotonic(), answer)
            while len(_cache) > CACHE_ENTRIES:
                _cache.popitem(last=False)
        return answer

    def _ask(self, question: dict[str, JSON]) -> JSON:
        answer = self._answer({**question, "job": self.class_path})
        if "answer" not in answer:
            reason = answer.get("error", "")
            raise OptionsUnavailable(f"{OptionsUnavailable().message} {reason}".strip())
        try:
            check_json(answer["answer"])
        except (NotStorable, TooDeep) as error:
            raise OptionsUnavailable(f"The job's code gave an answer of no use. {error}") from error
        return answer["answer"]

    def _answer(self, question: dict[str, JSON]) -> Answer:
        root, packages = self._code()
        sandbox = self._sandbox(root, packages)
        for _ in range(ATTEMPTS):
            with suppress(ChildClosed):
                return _warm_child(root, packages, sandbox).ask(question)
        return {"error": "Too many versions of code are asked at once."}

    def _sandbox(self, root: str, packages: str) -> Sandbox | None:
        try:
            level = level_of(self.source_key)
            return sandbox_for(level, name=self.source_key, folders=(root, packages))
        except SandboxMissing as error:
            raise OptionsUnavailable(error.message) from error

    def _code(self) -> tuple[str, str]:
        """Folder of the code, and of the packages that it asks for."""
        if self.is_package:
            return "", ""
        try:
            root = ensure(self.digest)
            if installing.unready({self.digest}):
                raise PackagesMissing(f"{installing.INSTALLING} Try again in a minute.")
            return str(root), folder_for(root)
        except (CodeMissing, PackagesMissing) as error:
            raise OptionsUnavailable(error.message) from error


def options_for(
    spec: JobSpec, digest: str, source_kind: str, user: Any, *, source_key: str = ""
) -> CodeAnswers:
    """Who answers for the job's code at that version; methods raise OptionsUnavailable."""
    return CodeAnswers(
        class_path=spec.class_path,
        digest=digest,
        is_package=source_kind == Job.SourceKind.PLUGIN,
        user_key=str(getattr(user, "pk", "")),
        source_key=source_key,
    )


def close_all() -> None:
    """End the warm children and forget their answers."""
    with _lock:
        children = list(_children.values())
        _children.clear()
        _cache.clear()
    for child in children:
        child.close()


def _warm_child(root: str, packages: str, sandbox: Sandbox | None) -> WarmChild:
    """The child of a code version; the least used ones are ended when there are too many."""
    with _lock:
        child = _children.pop((root, sandbox), None)
        if child is None:
            child = WarmChild(
                root=root,
                packages=packages,
                seconds=conf().options_seconds,
                memory=conf().inspect_memory,
                sandbox=sandbox,
            )
        _children[root, sandbox] = child
        surplus = [_children.popitem(last=False)[1] for _ in range(len(_children) - MAX_CHILDREN)]
    for each in surplus:
        each.close()
    return child
