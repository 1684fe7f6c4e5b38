"""Rules of calendars, against another library that knows them."""

import time
import warnings
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobsmith.recurrence import BadRrule, Rrule, Rule, due_times

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from dateutil.rrule import rrulestr  # type: ignore[import-untyped]

START = datetime(2026, 1, 5, 7, 30)
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def due(text: str, count: int, zone: str = "UTC", start: datetime = START) -> list[datetime]:
    """The first due times, by the wall clock."""
    begin = start.replace(tzinfo=ZoneInfo(zone))
    rule = Rule(interval="custom", start=begin, zone=zone, rrule=text)
    found = islice(due_times(rule, begin - timedelta(days=1)), count)
    return [each.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for each in found]


def some(values: range) -> st.SearchStrategy[str]:
    numbers = st.sets(st.sampled_from(values), min_size=1, max_size=4)
    return numbers.map(lambda found: ",".join(map(str, sorted(found))))


@st.composite
def rules(draw: st.DrawFn) -> str:
    frequency = draw(st.sampled_from(("DAILY", "WEEKLY", "MONTHLY", "YEARLY")))
    numbered = frequency in ("MONTHLY", "YEARLY") and draw(st.booleans())
    days = st.lists(st.sampled_from(DAYS), min_size=1, max_size=4, unique=True)
    number = st.sampled_from((-2, -1, 1, 2, 3)) if numbered else st.just("")
    parts = {
        "INTERVAL": st.integers(1, 4).map(str),
        "BYMONTH": some(range(1, 13)),
        "BYDAY": days.flatmap(
            lambda found: st.tuples(*(number for _ in found)).map(
                lambda numbers: ",".join(f"{n}{d}" for n, d in zip(numbers, found, strict=True))
            )
        ),
        "BYHOUR": some(range(24)),
        "BYMINUTE": some(range(60)),
        "WKST": st.sampled_from(DAYS),
        "COUNT": st.integers(1, 20).map(str),
        **({} if frequency == "WEEKLY" else {"BYMONTHDAY": some(range(1, 32))}),
        **({"BYYEARDAY": some(range(1, 367))} if frequency == "YEARLY" else {}),
    }
    chosen = draw(st.sets(st.sampled_from(sorted(parts)), max_size=4))
    text = ";".join(f"{name}={draw(parts[name])}" for name in sorted(chosen))
    return f"FREQ={frequency};{text}".removesuffix(";")


@settings(max_examples=200, deadline=None)
@given(text=rules())
def test_any_rule_means_what_it_means_elsewhere(text: str) -> None:
    end = START + timedelta(days=366 * 6)
    elsewhere = rrulestr(text, dtstart=START)
    wanted = [each for each in islice(elsewhere, 40) if each < end]
    assert [each for each in due(text, 40) if each < end] == wanted


@pytest.mark.parametrize(
    "text",
    [
        *("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "FREQ=MONTHLY;BYDAY=-1FR"),
        *("FREQ=YEARLY;BYDAY=20MO", "FREQ=YEARLY;BYMONTH=3,9;BYDAY=2SU,-1SU"),
        *("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU;WKST=SU", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO"),
        *("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "FREQ=MONTHLY;BYMONTHDAY=-1,13"),
        *("FREQ=YEARLY;BYYEARDAY=1,-1", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13"),
        *("FREQ=DAILY;UNTIL=20260109T073000", "FREQ=WEEKLY;BYDAY=TU,TH;BYSETPOS=2"),
        "FREQ=YEARLY;INTERVAL=10;BYMONTH=2;BYMONTHDAY=29",
    ],
)
def test_what_people_write_means_what_it_means_elsewhere(text: str) -> None:
    horizon = START + timedelta(days=366 * 39)
    wanted = [each for each in islice(rrulestr(text, dtstart=START), 9) if each < horizon]
    assert [each for each in due(text, 9) if each < horizon] == wanted
    assert wanted


def test_it_goes_by_the_wall_clock() -> None:
    start = datetime(2026, 3, 27, 2, 30)
    found = due("FREQ=DAILY", 4, "Europe/Berlin", start)
    assert [f"{each:%d %H:%M}" for each in found] == [
        "27 02:30",
        "28 02:30",
        "29 03:00",
        "30 02:30",
    ]
    winter, summer = due("FREQ=MONTHLY;INTERVAL=6", 2, "Europe/Berlin", START)
    assert (winter.hour, summer.hour) == (7, 7)


def test_an_end_in_utc_is_a_moment() -> None:
    assert len(due("FREQ=DAILY;UNTIL=20260107T062959Z", 9, "Europe/Berlin")) == 2
    assert len(due("FREQ=DAILY;UNTIL=20260107T063000Z", 9, "Europe/Berlin")) == 3
    assert len(due("RRULE:FREQ=DAILY;UNTIL=20260107;", 9, "Europe/Berlin")) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        *((f"FREQ={each}", "Use FREQ=DAILY") for each in ("SECONDLY", "MINUTELY", "HOURLY", "X")),
        *((each, "Enter a rule") for each in ("", ";", "FREQ", "FREQ=", "FREQ=DAILY;FREQ=DAILY")),
        ("BYDAY=MO", "Use FREQ=DAILY"),
        ("FREQ=DAILY;BYWEEKNO=1", "BYWEEKNO is not known"),
        ("FREQ=DAILY;DTSTART=20260101", "DTSTART is not known"),
        ("FREQ=DAILY\nEXDATE=20260101", "Use FREQ=DAILY"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL takes 1 to 3660"),
        ("FREQ=YEARLY;INTERVAL=11", "INTERVAL takes 1 to 10"),
        ("FREQ=DAILY;INTERVAL=99999999999", "INTERVAL is not what"),
        ("FREQ=DAILY;INTERVAL=1,2", "INTERVAL is not what"),
        ("FREQ=DAILY;COUNT=1001", "COUNT takes 1 to 1000"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "Give COUNT or UNTIL"),
        ("FREQ=DAILY;UNTIL=20270231", "UNTIL is a date"),
        ("FREQ=DAILY;UNTIL=tomorrow", "UNTIL is a date"),
        ("FREQ=DAILY;BYHOUR=24", "BYHOUR takes 0 to 23"),
        ("FREQ=DAILY;BYSECOND=30", "BYSECOND takes 0 to 0"),
        ("FREQ=DAILY;BYHOUR=²", "BYHOUR is not what"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY takes"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "does not go with"),
        ("FREQ=MONTHLY;BYYEARDAY=1", "FREQ=YEARLY only"),
        ("FREQ=WEEKLY;BYDAY=1MO", "MONTHLY and YEARLY only"),
        ("FREQ=MONTHLY;BYDAY=MO,1TU", "with all weekdays"),
        ("FREQ=MONTHLY;BYDAY=54MO", "BYDAY is not"),
        ("FREQ=MONTHLY;BYDAY=XX", "BYDAY is not"),
        ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS needs"),
        ("FREQ=MONTHLY;BYDAY=MO;BYHOUR=1,2;BYSETPOS=1", "BYSETPOS needs"),
        ("FREQ=DAILY;WKST=1MO", "WKST is not"),
    ],
)
def test_anything_else_is_refused_with_a_sentence(text: str, said: str) -> None:
    with pytest.raises(BadRrule, match=said) as refused:
        Rrule.parse(text, START)
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    "text",
    [
        *("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;INTERVAL=7;BYDAY=TU"),
        *("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31", "FREQ=WEEKLY;INTERVAL=520;BYMONTH=2;BYDAY=SU"),
        "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=366;BYMONTH=1",
        "FREQ=YEARLY;BYDAY=53MO;BYYEARDAY=1;COUNT=1000",
    ],
)
def test_rules_that_are_hardly_or_never_due_take_no_time_to_ask(text: str) -> None:
    begun = time.process_time()
    due(text, 3)
    assert time.process_time() - begun < 2


def test_minutes_that_have_passed_are_counted_whatever_the_clock_does() -> None:
    zone = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 3, 28, 18, tzinfo=zone)
    rule = Rule(interval="custom", start=start, zone="Europe/Berlin", every=24 * 60)
    found = [each.astimezone(zone).hour for each in islice(due_times(rule, start), 2)]
    assert found == [19, 19]
    rule = Rule(
        interval="custom", start=start, zone="UTC", every=45, end=start + timedelta(hours=2)
    )
    assert list(due_times(rule, start - timedelta(days=400))) == [
        start + timedelta(minutes=45) * number for number in range(3)
    ]
    late = start + timedelta(days=3650, seconds=1)
    rule = Rule(interval="custom", start=start, zone="UTC", every=45)
    following = next(due_times(rule, late))
    assert (following - start) % timedelta(minutes=45) == timedelta(0)
    assert timedelta(0) < following - late <= timedelta(minutes=45)
    end = datetime.max.replace(tzinfo=UTC) - timedelta(minutes=50)
    assert len(list(due_times(rule, end))) <= 2
