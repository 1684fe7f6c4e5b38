"""Log lines for machines."""

import json
import logging
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from jobsmith_server.settings.environment import one_of
from jobsmith_server.settings.json_lines import JsonLines


def test_a_record_is_one_line_of_json_with_its_traceback() -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError:
        caught = sys.exc_info()
    record = logging.LogRecord("jobs", logging.ERROR, "f.py", 1, "at %s\nend", ("é",), caught)
    line = JsonLines().format(record)
    assert "\n" not in line
    told = json.loads(line)
    assert (told["level"], told["logger"], told["message"]) == ("error", "jobs", "at é\nend")
    assert told["time"].endswith("+00:00")
    assert told["traceback"].endswith("ValueError: two\nlines")


def test_another_format_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert one_of("JOBSMITH_LOG_FORMAT", ("plain", "json")) == "plain"
    monkeypatch.setenv("JOBSMITH_LOG_FORMAT", "xml")
    with pytest.raises(ImproperlyConfigured, match="must be one of plain, json, not 'xml'"):
        one_of("JOBSMITH_LOG_FORMAT", ("plain", "json"))
