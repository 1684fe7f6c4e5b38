"""What the process of a run tells at its end."""

import json

from jobsmith.checks import MAX_RESULT_BYTES
from jobsmith.jobs.execute import Outcome
from jobsmith.jobs.returned import to_json_safe
from jobsmith.processes import frames
from jobsmith.runner.child import _told


def test_the_largest_result_that_settings_allow_fits_or_becomes_a_note() -> None:
    for letter in ("x", "\x01", "\U0001f600"):
        value = to_json_safe(
            letter * (MAX_RESULT_BYTES // len(letter.encode()) - 2), MAX_RESULT_BYTES
        )
        told = _told(
            Outcome(status="SUCCESS", result=value, traceback="t" * 64 * 1024), heard=False
        )
        assert len(told) <= frames.MAX_MESSAGE
        result = json.loads(told)["result"]
        assert result == value if letter == "x" else "too large" in result["__jobsmith_note__"]
