"""What the database says is told for what it is."""

import pytest
from django.db import OperationalError, ProgrammingError

from jobsmith.database import database_refusal
from jobsmith.errors import Busy, JobsmithError, NoDatabase, NotSetUp


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("database is locked", Busy),
        ("canceling statement due to statement timeout", Busy),
        ("no such table: jobsmith_job", NotSetUp),
        (
            "connection failed: connection to server at 127.0.0.1 failed: Connection refused",
            NoDatabase,
        ),
        ("server closed the connection unexpectedly", NoDatabase),
        ("unable to open database file", NoDatabase),
    ],
)
def test_only_what_passes_by_itself_is_busy(
    said: str, meant: type[JobsmithError], caplog: pytest.LogCaptureFixture
) -> None:
    assert type(database_refusal(OperationalError(said))) is meant
    assert (said in caplog.text) is (meant is not Busy), "waiting does not mend it: it is logged"


def test_a_query_that_is_our_mistake_is_no_refusal() -> None:
    mistake = ProgrammingError('syntax error at or near "SELEC"')
    with pytest.raises(ProgrammingError):
        database_refusal(mistake)
