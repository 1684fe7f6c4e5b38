"""The program behind `options`: loads job classes of one tree and answers questions about them.

Each question is answered in a fork with a time limit, so that a question that hangs costs its own
fork only, and nothing a question does stays behind.
"""

import json
import os
import select
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import django
from django.db import connections

from jobsmith.jobs import Job, answers
from jobsmith.processes import capped, environment, linux
from jobsmith.processes.confine import Limits, settle
from jobsmith.specs import JSON

from . import overlay
from .blame import said
from .loader import load_class
from .no_database import withhold
from .user import choose_user

IDLE_SECONDS = 300
Question = Mapping[str, Any]


def main() -> None:
    """Read questions, one JSON a line, until there are no more."""
    start = json.loads(sys.stdin.readline())
    answer_to = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    withhold()
    django.setup()
    environment.scrub()
    linux.adopt_orphans()
    sys.dont_write_bytecode = True
    overlay.use(start["packages"])
    root = Path(start["root"]) if start["root"] else None
    limits = Limits(memory_bytes=start["memory"])
    # Job code is loaded in this process, so it is confined itself; its forks stay who it is.
    settle(choose_user(limits, root)[0])
    print(json.dumps({"ready": True}), file=answer_to, flush=True)
    while line := _next_line():
        answer = _answer(root, json.loads(line), limits, start["seconds"])
        print(json.dumps(answer), file=answer_to, flush=True)


def _next_line() -> str:
    """The next question; none when the asker is gone or has had no question for long."""
    ready, _, _ = select.select([sys.stdin], [], [], IDLE_SECONDS)
    return sys.stdin.readline() if ready else ""


def _answer(
    root: Path | None, question: Question, limits: Limits, seconds: float
) -> dict[str, Any]:
    try:
        job_class = load_class(root, question["job"])
    except BaseException as error:  # whatever author code raises when it is imported
        return {"error": said(error)}
    # A fork may not share the parent's connection, which job code may have opened.
    connections.close_all()

    def work(stream: BinaryIO) -> None:
        stream.write(json.dumps(_said(job_class, question)).encode())

    [ended] = capped.run_all([work], limits=limits, seconds=seconds)
    linux.kill_below({os.getpid()})
    if ended.cause or not ended.output:
        return {"error": f"It {ended.cause or 'ended the process'}."}
    answer: dict[str, Any] = json.loads(ended.output)
    return answer


def _said(job_class: type[Job], question: Question) -> dict[str, Any]:
    try:
        return {"answer": ask(job_class, question)}
    except BaseException as error:  # whatever author code raises
        return {"error": said(error)}


def ask(job_class: type[Job], question: Question) -> JSON:
    """The answer of a job class to one question."""
    if question["kind"] == "choices":
        return answers.choices(job_class, question["variable"], question["values"])
    if question["kind"] == "default":
        return answers.default(job_class, question["variable"])
    if question["kind"] == "pks":
        return answers.pks(job_class, question["variable"])
    return answers.validate(job_class, question["values"])


if __name__ == "__main__":
    main()
