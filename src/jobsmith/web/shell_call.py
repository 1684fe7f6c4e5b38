"""A run as a command for the shell."""

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from jobsmith.conf import conf
from jobsmith.models import Job


def program(job: Job) -> str:
    """The command that starts the job, without its inputs."""
    return f"{conf().command} run {job.class_path}"


def command(job: Job, values: Mapping[str, Any]) -> str:
    """``jobsmith run`` with the same inputs."""
    kinds = {each["name"]: each["type"] for each in job.declared.get("variables", ())}
    words = [word for name in values for word in _words(name, kinds.get(name), values[name])]
    return " \\\n  ".join([program(job), *words])


def curl(job: Job, values: Mapping[str, Any], address: str) -> str:
    """The REST call with the same inputs."""
    body = json.dumps({"data": dict(values)}, ensure_ascii=False)
    return " \\\n  ".join(
        [
            f"curl -X POST {shlex.quote(address)}",
            '-H "Authorization: Token $JOBSMITH_TOKEN"',
            '-H "Content-Type: application/json"',
            f"-d {shlex.quote(body)}",
        ]
    )


def _words(name: str, kind: str | None, value: Any) -> Iterator[str]:
    """JSON is given as JSON, and several values by as many words."""
    if kind == "JSONVar":
        yield f"{name}:={shlex.quote(_text(value))}"
        return
    for each in value if isinstance(value, list) else [value]:
        yield f"{name}={shlex.quote(_text(each))}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
