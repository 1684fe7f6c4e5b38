"""Rows that wait on disk are found by number, without reading what is not wanted."""

import os
import uuid
from itertools import islice

import pytest

from jobsmith.processes import spool

RUN = str(uuid.UUID(int=7))


def row(kind, seq, text=""):
    return {"kind": kind, "seq": seq, "created": 1.5, "text": text}


def fill(home, rows):
    spool.append(home, RUN, rows)


def seqs(home, after=0, limit=10_000, kind="log"):
    return [each["seq"] for each in islice(spool.waiting(home, RUN, kind, after), limit)]


def test_without_a_spool_nothing_waits(tmp_path):
    assert seqs(tmp_path) == []
    assert spool.newest(tmp_path, RUN, "log") == 0


@pytest.mark.parametrize("after", [0, 1, 499, 500, 7777, 19_999, 20_000, 30_000])
def test_rows_are_found_from_any_number_on(tmp_path, after):
    fill(tmp_path, (row("log", n, "x" * (n % 200)) for n in range(1, 20_001)))
    assert seqs(tmp_path, after=after, limit=3) == list(range(after + 1, min(after + 4, 20_001)))


def test_kinds_are_numbered_each_for_itself(tmp_path):
    for n in range(1, 3001):
        fill(tmp_path, [row("log", n), *(row("console", 3 * n - k) for k in (2, 1, 0))])
    assert seqs(tmp_path, after=1500) == list(range(1501, 3001))
    assert seqs(tmp_path, after=8990, kind="console") == list(range(8991, 9001))
    assert spool.newest(tmp_path, RUN, "log") == 3000
    assert spool.newest(tmp_path, RUN, "console") == 9000


def test_a_kind_that_never_comes_is_not_there(tmp_path):
    fill(tmp_path, (row("console", n, "x" * 100) for n in range(1, 20_001)))
    assert seqs(tmp_path) == []
    assert spool.newest(tmp_path, RUN, "log") == 0


def test_little_is_read_to_find_the_end_of_much(tmp_path, monkeypatch):
    fill(tmp_path, (row("log", n, "x" * 100) for n in range(1, 50_001)))
    read = []
    monkeypatch.setattr(spool, "_row", lambda line: read.append(line) or {"seq": 50_000})
    assert len(seqs(tmp_path, after=49_990)) == 10
    assert len(read) == 10


def test_a_row_that_is_still_being_written_waits_for_its_end(tmp_path):
    fill(tmp_path, [row("log", 1), row("log", 2)])
    with spool.spool_path(tmp_path, RUN).open("a") as file:
        file.write('{"kind":"log","seq":3,"crea')
    assert seqs(tmp_path) == [1, 2]
    assert spool.newest(tmp_path, RUN, "log") == 2


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_a_spool_of_another_user_is_as_good_as_none(tmp_path):
    fill(tmp_path, [row("log", 1)])
    spool.spool_path(tmp_path, RUN).chmod(0)
    assert seqs(tmp_path) == []
