"""A run as a command for the shell."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

from jobsmith.models import Job


def command(job: Job, values: Mapping[str, Any]) -> str:
    """``jobsmith run`` with the same inputs."""
    words = [f"jobsmith run {job.class_path}"]
    words += [f"{name}={shlex.quote(_text(value))}" for name, value in values.items()]
    return " \\\n  ".join(words)


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


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
