"""A job class says after what it is tried again, and how often."""

from typing import Any

import pytest

from jobsmith.jobs import Job, describe
from jobsmith.jobs.function import job
from jobsmith.jobs.retries import names_of


class Refused(ConnectionError):
    pass


def spec_of(**meta: Any) -> Any:
    return describe(type("Odd", (Job,), {"Meta": type("Meta", (), meta)}))


def test_a_job_that_says_nothing_is_never_tried_again():
    spec = spec_of()
    assert (spec.retry_on, spec.max_retries, spec.retry_on_worker_loss) == ([], 0, False)


def test_exceptions_are_recorded_by_name():
    named = ("TimeoutError", "requests.exceptions.Timeout")
    spec = spec_of(retry_on=(ConnectionError, Refused, *named), max_retries=5, retry_backoff=0.5)
    assert spec.retry_on == [
        "builtins.ConnectionError",
        f"{__name__}.Refused",
        "builtins.TimeoutError",
        "requests.exceptions.Timeout",
    ]
    assert (spec.max_retries, spec.retry_backoff) == (5, 0.5)


@pytest.mark.parametrize("meta", [{"retry_on": ValueError}, {"retry_on_worker_loss": True}])
def test_how_often_need_not_be_said(meta: Any):
    assert (spec_of(**meta).max_retries, spec_of(**meta).retry_backoff) == (3, 10)


@pytest.mark.parametrize(
    ("meta", "said"),
    [
        ({"max_retries": 3}, "needs Meta.retry_on"),
        ({"retry_on": (int,)}, "classes of exceptions"),
        ({"retry_on": (KeyboardInterrupt,)}, "classes of exceptions"),
        ({"retry_on": ("no name",)}, "classes of exceptions"),
        ({"retry_on": ("Unknown",)}, "classes of exceptions"),
        ({"retry_on": OSError, "max_retries": 21}, "from 0 to 20"),
        ({"retry_on": OSError, "max_retries": 1.5}, "from 0 to 20"),
        ({"retry_on": OSError, "max_retries": True}, "from 0 to 20"),
        ({"retry_on": OSError, "retry_backoff": -1}, "from 0 to 86400"),
        ({"retry_on": OSError, "retry_backoff": float("nan")}, "from 0 to 86400"),
        ({"retry_on_worker_loss": 1}, "should be True or False"),
    ],
)
def test_what_makes_no_sense_is_named(meta: Any, said: str):
    with pytest.raises((TypeError, ValueError), match=said):
        spec_of(**meta)


def test_an_exception_has_the_names_of_all_that_it_is():
    assert names_of(Refused())[:3] == (
        f"{__name__}.Refused",
        "builtins.ConnectionError",
        "builtins.OSError",
    )


def test_a_function_says_it_as_options():
    @job(retry_on=(OSError,), max_retries=1)
    def read() -> None: ...

    assert describe(read.job).max_retries == 1
