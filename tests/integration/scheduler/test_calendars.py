"""Calendars of blackouts are kept, and named by schedules, at every door."""

import json
from typing import Any

import pytest
from click.testing import CliRunner
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from jobsmith.actions.save_calendar import create_calendar, delete_calendar, update_calendar
from jobsmith.actions.save_schedule import retime_schedule, save_schedule
from jobsmith.actions.timing import Timing, read_timing
from jobsmith.approving import facts_of_request
from jobsmith.cli.main import main
from jobsmith.errors import InputsRefused, NotAllowed, ScheduleRefused, StillNeeded
from jobsmith.inputs.codec import CleanInputs
from jobsmith.models import BlackoutCalendar, Job, ObjectChange, ScheduledJob
from tests.support.factories import grant, make_admin, make_job, make_spec, make_user, make_worker
from tests.support.schedules import make_schedule

pytestmark = pytest.mark.django_db

NIGHTS = ["daily 22:00 to 06:00"]
ADDRESS = "/api/extras/blackout-calendars/"


@pytest.fixture
def job() -> Job:
    make_worker()
    return make_job(make_spec("Ping"))


@pytest.fixture
def admin() -> Any:
    return make_admin()


@pytest.fixture
def nights(admin: Any) -> BlackoutCalendar:
    return create_calendar(user=admin, values={"name": "Nights", "windows": NIGHTS})


@pytest.fixture
def client(admin: Any) -> APIClient:
    client = APIClient()
    client.force_login(admin)
    return client


def timing(**asked: Any) -> Timing:
    given = {"interval": "custom", "name": "n", "crontab": "0 * * * *", **asked}
    found = read_timing(given)
    assert found is not None
    return found


def scheduled(job: Job, user: Any, **asked: Any) -> ScheduledJob:
    return save_schedule(
        job, user=user, inputs=CleanInputs(values={}, files={}), timing=timing(**asked)
    )


def names(row: ScheduledJob) -> list[str]:
    return list(row.blackout_calendars.values_list("name", flat=True))


@pytest.mark.parametrize(
    "windows",
    [
        *(["sometimes"], ["fri to mon"], ["daily 22:00 to 22:00"], ["daily 24:00 to 06:00"]),
        *(["daily 22:00 to mon 06:00"], ["fri 18:00 to 06:00"], [5], "daily 22:00 to 06:00"),
        *(["2030-01-02 to 2030-01-01"], ["2030-01-01T00:00Z to 2030-01-02T00:00Z"], [""]),
        *(["2030-02-31 to 2030-03-01"], NIGHTS * 201, ["x" * 101]),
    ],
)
def test_what_is_no_window_is_refused(admin: Any, windows: Any) -> None:
    with pytest.raises(InputsRefused) as refused:
        create_calendar(user=admin, values={"name": "n", "windows": windows})
    assert list(refused.value.errors) == ["windows"]
    assert not BlackoutCalendar.objects.exists()


def test_it_takes_the_right_to_calendars(nights: BlackoutCalendar) -> None:
    eve = make_user("eve", "view_blackoutcalendar", "change_scheduledjob")
    with pytest.raises(NotAllowed):
        create_calendar(user=eve, values={"name": "n"})
    with pytest.raises(NotAllowed):
        update_calendar(nights, user=eve, values={"windows": []})
    with pytest.raises(NotAllowed):
        delete_calendar(nights, user=eve)


def test_a_calendar_that_schedules_keep_to_stays(
    job: Job, admin: Any, nights: BlackoutCalendar
) -> None:
    row = scheduled(job, admin, blackout_calendars=["Nights"])
    with pytest.raises(StillNeeded, match="1 schedule keep"):
        delete_calendar(nights, user=admin)
    row.delete()
    delete_calendar(nights, user=admin)
    assert not BlackoutCalendar.objects.exists()


def test_an_edit_has_what_is_held_looked_at_anew(
    job: Job, admin: Any, nights: BlackoutCalendar
) -> None:
    row = make_schedule(job, admin, due=timezone.now(), held_until=timezone.now())
    row.blackout_calendars.add(nights)
    update_calendar(nights, user=admin, values={"windows": []})
    row.refresh_from_db()
    assert row.held_until is None


def test_calendars_out_of_sight_are_unknown_and_stay(
    job: Job, admin: Any, nights: BlackoutCalendar
) -> None:
    eve = make_user("eve", "run_job", "change_scheduledjob", "view_scheduledjob")
    for text in ("Nights", str(nights.pk), "x" * 300):
        with pytest.raises(ScheduleRefused, match="There is no calendar"):
            scheduled(job, eve, blackout_calendars=[text])
    row = scheduled(job, admin, blackout_calendars=["Nights"])
    create_calendar(user=admin, values={"name": "Days", "windows": NIGHTS})
    grant(eve, "view", BlackoutCalendar, {"name": "Days"})
    eve = get_user_model().objects.get(pk=eve.pk)
    retime_schedule(row, user=eve, timing=timing(blackout_calendars=["Days"]))
    assert names(row) == ["Days", "Nights"]
    change = ObjectChange.objects.filter(changed_object_id=str(row.pk)).latest("time")
    assert len(change.after["blackout_calendars"]) == 2


def test_an_approval_is_bound_to_them(job: Job, admin: Any, nights: BlackoutCalendar) -> None:
    row = scheduled(job, admin)
    before = facts_of_request(row)["window"]
    assert before.keys().isdisjoint({"blackouts", "jitter_seconds"})
    row.blackout_calendars.add(nights)
    assert facts_of_request(row)["window"]["blackouts"] == ["skip", str(nights.pk)]


def test_rest_keeps_calendars_and_schedules_name_them(client: APIClient, job: Job) -> None:
    made = client.post(ADDRESS, {"name": "Freeze", "windows": NIGHTS}, format="json")
    assert made.status_code == 201, made.content
    address = f"{ADDRESS}{made.json()['id']}/"
    assert client.get(address).json()["windows"] == NIGHTS
    refused = client.patch(address, {"windows": ["never"]}, format="json")
    assert (refused.status_code, list(refused.json())) == (400, ["windows"])
    when = {"interval": "custom", "name": "a", "crontab": "0 * * * *", "jitter_seconds": 60}
    when |= {"blackout_calendars": ["Freeze"], "blackout": "run_after"}
    run = f"/api/extras/jobs/{job.pk}/run/"
    answer = client.post(run, {"schedule": when}, format="json")
    key = answer.json()["scheduled_job"]["id"]
    shown = client.get(f"/api/extras/scheduled-jobs/{key}/?exclude_m2m=false").json()
    assert (shown["blackout"], shown["jitter_seconds"]) == ("run_after", 60)
    assert [each["id"] for each in shown["blackout_calendars"]] == [made.json()["id"]]
    flat = {f"_schedule_{name}": each for name, each in when.items()} | {"_schedule_name": "b"}
    client.post(run, flat)
    assert names(ScheduledJob.objects.get(name="b")) == ["Freeze"]
    assert client.delete(address).status_code == 409


def test_graphql_shows_and_names_them(
    client: APIClient, job: Job, nights: BlackoutCalendar
) -> None:
    query = (
        f'mutation {{ schedule_job(job: "{job.pk}", name: "n", interval: "custom", '
        'crontab: "0 * * * *", blackout_calendars: ["Nights"], jitter_seconds: 5) '
        "{ jitter_seconds blackout_calendars { name windows } } }"
    )
    told = client.post("/api/graphql/", {"query": query}, format="json").json()
    assert told["data"]["schedule_job"] == {
        "jitter_seconds": 5,
        "blackout_calendars": [{"name": "Nights", "windows": NIGHTS}],
    }


def test_commands_keep_and_name_them(job: Job, admin: Any) -> None:
    def said(*words: str) -> str:
        done = CliRunner().invoke(main, list(words))
        assert done.exit_code == 0, done.output
        return done.output

    said("blackouts", "add", "Freeze", "--window", NIGHTS[0], "--zone", "Europe/Berlin")
    said("blackouts", "edit", "Freeze", "--window", "fri 18:00 to mon 06:00")
    [told] = json.loads(said("blackouts", "list", "--json"))
    assert (told["time_zone"], told["windows"]) == ("Europe/Berlin", ["fri 18:00 to mon 06:00"])
    assert "Freeze" in said("blackouts", "list")
    words = ("--name", "n", "--crontab", "0 * * * *", "--blackout", "Freeze", "--held")
    said("schedules", "add", str(job.pk), *words, "--jitter", "30")
    row = ScheduledJob.objects.get()
    assert (names(row), row.blackout, row.jitter_seconds) == (["Freeze"], "run_after", 30)
    row.delete()
    said("blackouts", "delete", "Freeze")


def test_pages_keep_calendars_and_show_what_they_drop(job: Job, admin: Any) -> None:
    client = Client()
    client.force_login(admin)
    form = {"name": "All day", "time_zone": "UTC", "windows": "daily 00:00 to 23:59\n\n"}
    client.post("/blackouts/add/", form)
    calendar = BlackoutCalendar.objects.get()
    assert calendar.windows == ["daily 00:00 to 23:59"]
    refused = client.post("/blackouts/add/", {**form, "name": "b", "windows": "now and then"})
    assert (refused.status_code, b"is no window" in refused.content) == (400, True)
    page = client.get(f"/jobs/{job.pk}/run/").content.decode()
    assert "All day" in page
    when = {"interval": "daily", "name": "n", "start_time": "2035-01-01T12:00"}
    when |= {"time_zone": "UTC", "blackout_calendars": "All day", "jitter_seconds": "0"}
    sent = {f"_schedule_{name}": each for name, each in when.items()}
    page = client.post(f"/jobs/{job.pk}/run/", sent, follow=True).content.decode()
    assert page.count('class="struck"') == 10
    assert "In the blackout All day." in page
    row = ScheduledJob.objects.get()
    assert f"/schedules/{row.pk}/" in client.get(f"/blackouts/{calendar.pk}/").content.decode()
    assert b"1 schedule keep" in client.post(f"/blackouts/{calendar.pk}/delete/").content
    kept = {name: getattr(row, name) for name in ("name", "interval", "misfire", "overlap")}
    kept |= {"start_time": "2035-01-01 12:00:00", "time_zone": "UTC", "blackout": "run_after"}
    kept |= {"blackout_calendars": [str(calendar.pk)], "jitter_seconds": "30"}
    assert client.post(f"/schedules/{row.pk}/", kept).status_code == 302
    page = client.get(f"/schedules/{row.pk}/").content.decode()
    assert "Held by the blackout All day. Starts" in page
    assert "2035-01-01 23:59:" in page
    client.post(f"/schedules/{row.pk}/", {**kept, "blackout_calendars": []})
    assert names(row) == []
