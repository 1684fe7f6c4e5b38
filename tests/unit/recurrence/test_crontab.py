"""What a crontab may say."""

from datetime import date

import pytest

from jobsmith.recurrence import BadCrontab, Crontab


def test_lists_ranges_steps_and_names_mean_what_they_mean_elsewhere() -> None:
    found = Crontab.parse("*/20,5 8-18/5 1-3 jan,JUL-Aug Mon-fri")
    assert found.minutes == (0, 5, 20, 40)
    assert found.hours == (8, 13, 18)
    assert (found.days, found.months) == ({1, 2, 3}, {1, 7, 8})
    assert found.weekdays == {1, 2, 3, 4, 5}
    assert Crontab.parse("50/3 * * * *").minutes == (50, 53, 56, 59)


def test_sunday_is_0_and_7() -> None:
    assert Crontab.parse("0 0 * * 7").weekdays == Crontab.parse("0 0 * * 0").weekdays == {0}
    assert Crontab.parse("0 0 * * 5-7").weekdays == {5, 6, 0}
    assert Crontab.parse("0 0 * * */2").weekdays == {0, 2, 4, 6}


def test_one_of_day_and_weekday_is_enough_when_both_are_given() -> None:
    friday, thirteenth = date(2026, 11, 27), date(2026, 10, 13)
    both = Crontab.parse("0 0 13 * fri")
    assert both.on(friday)
    assert both.on(thirteenth)
    assert not Crontab.parse("0 0 13 * *").on(friday)
    assert not Crontab.parse("0 0 * * fri").on(thirteenth)


@pytest.mark.parametrize(
    "text",
    [
        *("", "bad", "* * * *", "* * * * * *", "*  * * * *", " * * * * *", "* * * * *\n"),
        *("60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 *", "* * * * 8"),
        *("5-1 * * * *", "*/0 * * * *", "*/-1 * * * *", "1- * * * *", "-1 * * * *", ", * * * *"),
        *("@daily", "* * L * *", "* * ? * *", "* * * * 1#2", "²  * * * *", "* * 30 2 *"),
        *("* * 31 4,6,9,11 *", "99999999999999999999 * * * *", "mon * * * *", "* * * * */*"),
    ],
)
def test_anything_else_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(BadCrontab) as refused:
        Crontab.parse(text)
    assert str(refused.value).endswith(".")
