"""What a terminal shows of runs."""

import pytest

from jobsmith.cli.showing import without_links


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
