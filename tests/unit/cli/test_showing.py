"""What a terminal shows of runs."""

import pytest
from rich.table import Table

from jobsmith.cli.showing import parts, without_links


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("Created file [a.csv](/runs/1/files/2/)", "Created file a.csv"),
        ("See [the plan](https://plan.example/7) now", "See the plan (https://plan.example/7) now"),
        ("rows[3](4) and [x] (/y) stay", "rows[3](4) and [x] (/y) stay"),
    ],
)
def test_links_in_lines_read_as_text(message: str, shown: str) -> None:
    assert without_links(message) == shown


def test_a_dict_of_tables_is_shown_member_by_member() -> None:
    rows = {"__jobsmith_type__": "table", "title": "", "columns": ["A"], "rows": [[1]]}
    shown = list(parts({"sites": rows, "count": 5}))
    assert [type(each) for each in shown] == [str, Table, str]
    assert (shown[0], shown[2]) == ("\nsites", "count: 5")
    assert list(parts({"count": 5})) == ['{\n  "count": 5\n}']
