"""Inputs as people type them."""

import io
from pathlib import Path
from typing import Any

import pytest

from jobsmith.cli.arguments import read_inputs
from jobsmith.errors import InputsRefused
from jobsmith.specs import JobSpec, VariableSpec


def spec(**types: str) -> JobSpec:
    variables = tuple(VariableSpec(name=name, type=kind) for name, kind in types.items())
    return JobSpec(module_name="m", job_class_name="J", name="J", grouping="G", variables=variables)


def values(job: JobSpec, *pairs: str, data: str = "") -> dict[str, object]:
    return read_inputs(job, pairs, data)[0]


def test_a_value_may_hold_an_equals_sign() -> None:
    assert values(spec(text="StringVar"), "text=a=b") == {"text": "a=b"}


def test_a_name_with_a_colon_takes_json() -> None:
    assert values(spec(count="IntegerVar"), "count:=3") == {"count": 3}


def test_a_repeated_name_gives_several() -> None:
    job = spec(tags="MultiChoiceVar")
    assert values(job, "tags=a", "tags=b") == {"tags": ["a", "b"]}
    assert values(job, "tags=a") == {"tags": ["a"]}


def test_an_object_may_be_named_by_lookups() -> None:
    job = spec(site="ObjectVar")
    assert values(job, 'site={"name": "x"}') == {"site": {"name": "x"}}
    assert values(job, "site=7") == {"site": "7"}


def test_a_json_variable_takes_json_or_tells_what_is_wrong() -> None:
    job = spec(rules="JSONVar")
    assert values(job, "rules=[1]") == {"rules": [1]}
    with pytest.raises(InputsRefused) as refusal:
        values(job, "rules=[")
    assert refusal.value.errors["rules"][0].startswith("This is not JSON")


def test_pairs_win_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    path.write_text('{"a": 1, "b": 2}')
    assert values(spec(a="IntegerVar"), "a=5", data=str(path)) == {"a": "5", "b": 2}


def test_data_may_come_from_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"a": 1}'))
    assert values(spec(a="IntegerVar"), data="-") == {"a": 1}


def test_data_over_the_limit_is_refused(tmp_path: Path, settings: Any) -> None:
    settings.JOBSMITH = settings.JOBSMITH | {"MAX_INPUT_BYTES": 1000}
    file = tmp_path / "data.json"
    file.write_text(f'{{"text": "{"x" * 1000}"}}')
    with pytest.raises(InputsRefused) as refusal:
        values(spec(text="TextVar"), data=str(file))
    assert "1,000 bytes" in refusal.value.errors["--data"][0]


def test_a_list_is_no_data(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    path.write_text("[]")
    with pytest.raises(InputsRefused):
        values(spec(), data=str(path))


def test_a_word_without_equals_sign_is_refused() -> None:
    with pytest.raises(InputsRefused):
        values(spec(a="StringVar"), "a")


def test_a_file_is_opened_not_read(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_bytes(b"one\n")
    given, files = read_inputs(spec(log="FileVar"), [f"log=@{path}"], "")
    with files["log"] as upload:
        assert (given, upload.name, upload.size) == ({}, "access.log", 4)
        assert upload.read() == b"one\n"


def test_a_missing_file_is_the_input_s_fault() -> None:
    with pytest.raises(InputsRefused) as refusal:
        values(spec(log="FileVar"), "log=/nowhere/at/all")
    assert "cannot be read" in refusal.value.errors["log"][0]
