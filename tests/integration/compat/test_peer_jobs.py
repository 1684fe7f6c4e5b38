"""Jobs written after the peer's public documentation, in the real runner."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from jobsmith.actions.run_form import run_form
from jobsmith.audit import note_change
from jobsmith.engines.inline import run_now
from jobsmith.errors import InputsRefused
from jobsmith.models import Job, JobResult, SourceProblem
from jobsmith.sources.options import close_all
from jobsmith_server.inventory.models import Device, Site
from tests.support import real_runs
from tests.support.factories import make_admin
from tests.support.job_files import database_url

JOBS = Path(__file__).parents[2] / "support" / "peer_jobs"
Run = Callable[..., JobResult]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(settings: Settings) -> Iterator[Run]:
    real_runs.serve(settings, JOBS)
    admin = make_admin()

    def run(class_path: str, **given: Any) -> JobResult:
        return real_runs.run(class_path, user=admin, **given)

    yield run
    close_all()


def lines(result: JobResult) -> list[tuple[str, str, str]]:
    """Level, grouping and message of the run's own lines."""
    rows = result.job_log_entries.exclude(grouping__in=["initialization", "post_run"])
    return list(rows.order_by("seq").values_list("log_level", "grouping", "message"))


def hook_calls(result: JobResult) -> list[str]:
    return [message for _, grouping, message in lines(result) if grouping == "hooks"]


def test_all_of_them_are_offered_but_those_that_are_not_registered(run: Run) -> None:
    found = {each.class_path for each in Job.objects.filter(source="local")}
    assert len(found) == 28
    assert "sensitive.NeverRegistered" not in found
    assert not SourceProblem.objects.exists()


def test_every_kind_of_input_arrives_as_documented(run: Run) -> None:
    site = Site.objects.create(name="Oslo")
    devices = [Device.objects.create(name=name, site=site) for name in ("a", "b", "c")]
    result = run(
        "every_input.EveryInput",
        files={"upload": b"content"},
        word="hello",
        prose="one\ntwo",
        number="7",
        flag=False,
        dryrun=True,
        size="xl",
        days=["mon", "wed"],
        site={"name": "Oslo"},
        devices=[each.pk for each in devices[:2]],
        address="192.0.2.1",
        interface="192.0.2.9/24",
        network="198.51.100.0/25",
        extra={"deep": [1, None]},
    )
    assert result.status == "SUCCESS", result.traceback
    kinds = result.result.pop("kinds")
    declared = real_runs.named("every_input.EveryInput").declared["variables"]
    assert [each["name"] for each in declared][:3] == ["site", "devices", "word"]
    assert (kinds["devices"], kinds["site"]) == ("django.QuerySet", "jobsmith_server.Site")
    assert kinds["address"] == "netaddr.IPAddress"
    assert kinds["interface"] == kinds["network"] == "netaddr.IPNetwork"
    assert result.result == {
        "word": "hello",
        "lines": ["one", "two"],
        "number": 7,
        "flags": [False, True],
        "size": "xl",
        "days": ["mon", "wed"],
        "site": "Oslo",
        "devices": ["a", "b"],
        "upload": "content",
        "address": "192.0.2.2",
        "interface": "192.0.2.0/24",
        "network": 128,
        "extra": {"deep": [1, None]},
    }


def test_what_is_left_out_is_still_given_to_run(run: Run) -> None:
    result = run("every_input.NoInputNeeded")
    assert result.status == "SUCCESS", result.traceback
    assert result.result == {
        "word": "''",
        "prose": "''",
        "number": "None",
        "flag": "False",
        "size": "''",
        "days": "[]",
        "site": "None",
        "address": "None",
        "upload": "None",
        "extra": "None",
    }


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"word": "Hi!"}, {"word": ["Invalid value. Must match regex: ^[a-z]+$"]}),
        ({"number": "1.5"}, {"number": ["Enter a whole number."]}),
        ({"interface": "192.0.2.9"}, {"interface": ["CIDR mask (e.g. /24) is required."]}),
        ({"nonsense": 1}, {"nonsense": ["Job data contained an unknown property"]}),
        ({"size": None}, {"__all__": ["size is a required field"]}),
    ],
)
def test_refusals_have_the_documented_words(
    run: Run, given: dict[str, Any], refusal: dict[str, list[str]]
) -> None:
    with pytest.raises(InputsRefused) as refused:
        run("every_input.EveryInput", **given)
    for name, sentences in refusal.items():
        assert list(refused.value.errors[name]) == sentences


def test_hooks_of_a_success(run: Run) -> None:
    result = run("hooks.TellsItsHooks", number=5)
    assert (result.status, result.result) == ("SUCCESS", 5)
    assert hook_calls(result) == [
        "before_start True () {'number': 5}",
        "run 5",
        "on_success 5 True {'number': 5}",
        "after_return {'success': True, 'failure': False} 5 True",
    ]


def test_hooks_of_an_exception(run: Run) -> None:
    result = run("hooks.TellsOfItsException", number=5)
    assert (result.status, result.cause) == ("FAILURE", "exception")
    assert result.result == {
        "exc_type": "ValueError",
        "exc_module": "builtins",
        "exc_message": ["seven", 5],
    }
    assert "ValueError: ('seven', 5)" in result.traceback
    assert hook_calls(result) == [
        "before_start True () {'number': 5}",
        "on_failure ValueError {'number': 5} True",
        "after_return {'success': False, 'failure': True} ValueError False",
    ]


def test_hooks_of_a_job_that_says_that_it_failed(run: Run) -> None:
    result = run("hooks.TellsThatItFailed", number=5)
    assert (result.status, result.result, result.traceback) == ("FAILURE", "what was done", None)
    assert ("failure", "run", "Not today.") in lines(result)
    assert hook_calls(result)[1:] == [
        "on_failure 'what was done' {'number': 5} None",
        "after_return {'success': False, 'failure': True} 'what was done' True",
    ]
    refused = run("hooks.WillNotStart", number=5)
    assert (refused.status, refused.result) == ("FAILURE", "was closed")
    assert ("failure", "before_start", "Closed on Sundays.") in lines(refused)
    assert not any(call.startswith("run") for call in hook_calls(refused))


def test_an_exception_of_a_hook_makes_the_run_fail(run: Run) -> None:
    result = run("hooks.StumblesAtTheEnd")
    assert result.status == "FAILURE"
    assert result.result["exc_message"] == ["one step too many"]


def test_log_lines_have_level_group_and_object(run: Run) -> None:
    result = run("logs.LogsAtEveryLevel")
    said = lines(result)
    levels = ("debug", "info", "success", "warning", "failure", "error", "critical")
    assert said[:7] == [(level, "run", f"At level {level}") for level in levels]
    assert ("info", "errands", "In a group") in said
    assert ("info", "helper", "Said by a helper") in said
    assert ("warning", "helper", "Said by a library") in said
    assert ("error", "run", "An accident") in said
    assert "Only on the console" not in {message for _, _, message in said}
    assert result.job_log_entries.get(message="About a site").log_object == "Oslo"
    ends = result.job_log_entries.filter(grouping__in=["initialization", "post_run"])
    first, last = ends.order_by("seq")
    assert (first.log_level, first.log_object) == ("info", "LogsAtEveryLevel")
    assert first.message.startswith("Running job")
    assert (last.log_level, last.message) == ("success", "Job completed")
    assert result.error_log_count == 4


def test_what_was_logged_survives_a_rollback(run: Run) -> None:
    result = run("logs.RollsBack")
    assert (result.status, result.result["exc_type"]) == ("FAILURE", "RuntimeError")
    assert not Site.objects.exists()
    assert result.job_log_entries.get(message="Made a site").log_object == "Atlantis"


def test_files_are_made_and_read(run: Run) -> None:
    result = run("reports.files.WritesFiles")
    assert (result.status, result.result) == ("SUCCESS", "visits.csv"), result.traceback
    assert sorted(result.files.values_list("name", flat=True)) == ["raw.bin", "visits.csv"]
    with result.files.get(name="visits.csv").file.open() as content:
        assert content.read() == b"day,visits\r\nmon,12\r\n"
    assert result.job_log_entries.filter(message__startswith="Created file [visits.csv]").exists()
    assert run("reports.files.ReadsFilesBeside").result == [{"most": 5}, {"least": 2}]
    bad = run("reports.files.NamesFilesBadly", times=1)
    assert (bad.status, bad.result["exc_type"]) == ("FAILURE", "ValueError")
    assert real_runs.named("reports.files.WritesFiles").grouping == "Report files"


def test_a_dry_run_is_told_to_the_job(run: Run) -> None:
    job = real_runs.named("dry.AddsASite")
    assert (job.name, job.supports_dryrun, job.dryrun_default) == ("Add a site", True, True)
    assert run_form(job, user=make_admin("second")).initial["dryrun"] is True
    dry = run("dry.AddsASite", title="Bergen", dryrun=True)
    assert (dry.result, Site.objects.count()) == (0, 0)
    assert run("dry.AddsASite", title="Bergen", dryrun=False).result == 1
    assert Site.objects.get().name == "Bergen"


def test_the_soft_limit_can_be_caught_and_the_hard_one_cannot(run: Run) -> None:
    tidy = run("limits.TidiesUp")
    assert (tidy.status, tidy.cause) == ("FAILURE", "soft_time_limit")
    assert tidy.result["exc_type"] == "SoftTimeLimitExceeded"
    assert ("warning", "run", "Tidied up") in lines(tidy)
    deaf = run("limits.NeverListens")
    assert (deaf.status, deaf.cause) == ("FAILURE", "time_limit")
    warning = deaf.job_log_entries.get(log_level="warning", grouping="initialization")
    assert warning.message == (
        "The hard time limit of 1.0 seconds is less than or equal to the soft time limit of 10.0 "
        "seconds. This job will fail silently after 1.0 seconds."
    )


def test_a_second_run_of_a_singleton_waits_for_the_first(run: Run) -> None:
    admin = make_admin("second")
    held = real_runs.enqueue("singleton.OneAtATime", user=admin, seconds=0)
    JobResult.objects.filter(pk=held.pk).update(status="STARTED")
    waits = run("singleton.OneAtATime", seconds=0)
    assert waits.status == "PENDING"
    JobResult.objects.filter(pk=held.pk).update(status="SUCCESS")
    done = run_now(waits)
    assert (done.status, done.result) == ("SUCCESS", "alone")


def test_receivers_are_recognised_and_also_run_by_hand(run: Run) -> None:
    watcher = real_runs.named("receivers.WatchesChanges")
    button = real_runs.named("receivers.GreetsARecord")
    assert (watcher.is_job_hook_receiver, watcher.is_job_button_receiver) == (True, False)
    assert (button.is_job_hook_receiver, button.is_job_button_receiver) == (False, True)
    assert not button.hidden
    site = Site.objects.create(name="Oslo")
    given = {"object_pk": str(site.pk), "object_model_name": "inventory.site"}
    assert run("receivers.GreetsARecord", **given).result == "Hello Oslo"
    forgot = run("receivers.ForgotItsMethod", **given)
    assert (forgot.status, forgot.result["exc_type"]) == ("FAILURE", "NotImplementedError")


def test_a_hook_receiver_is_given_the_change_and_the_record(run: Run) -> None:
    site = Site.objects.create(name="Oslo")
    made = note_change(site, user=None)
    gone = note_change(site, user=None, before={"name": "Oslo"}, deleted=True)
    answers = [run("receivers.WatchesChanges", object_change=str(each.pk)) for each in (made, gone)]
    assert [each.result for each in answers] == [["create", "Oslo"], ["delete", "None"]]
    assert gone.object_data == gone.object_data_v2 == {"name": "Oslo"}
    assert gone.get_snapshots()["differences"] == {"removed": {"name": "Oslo"}, "added": None}


def test_a_job_says_everything_of_itself_in_its_meta(run: Run) -> None:
    job = real_runs.named("about.SaysEverything")
    assert (job.name, job.grouping) == ("Says everything", "Self-description")
    assert job.description == "First line.\n\nMore of it."
    assert (job.hidden, job.read_only, job.console_log_default) == (True, True, True)
    assert (job.soft_time_limit, job.time_limit) == (30, 60)
    assert job.default_job_queue.name == "priority"
    assert sorted(job.job_queues.values_list("name", flat=True)) == ["bulk", "priority"]
    assert [each["name"] for each in job.declared["variables"]] == ["first", "second"]
    heir = real_runs.named("about.InheritsItsMeta")
    assert (heir.name, heir.hidden, heir.time_limit) == ("Inherits", False, 60)
    assert heir.description == "A plain attribute wins."
    assert [each["name"] for each in heir.declared["variables"]] == ["first", "second", "third"]


def test_a_job_knows_its_run(run: Run) -> None:
    result = run("about.KnowsItsRun")
    assert result.status == "SUCCESS", result.traceback
    path = "about.KnowsItsRun"
    assert result.result == {
        "id": True,
        "job": "KnowsItsRun",
        "user": "admin",
        "path": [path, path, path],
        "escaped": r"about\.KnowsItsRun",
        "group": "Self-description",
        "queue": "default",
        "properties": [
            "console_log_default",
            "description",
            "grouping",
            "has_sensitive_variables",
            "hidden",
            "is_singleton",
            "name",
            "soft_time_limit",
            "task_queues",
            "template_name",
            "time_limit",
        ],
    }


def test_all_sorts_of_values_are_returned(run: Run) -> None:
    result = run("about.ReturnsAllSorts")
    assert result.status == "SUCCESS", result.traceback
    site = Site.objects.get()
    assert result.result == {
        "day": "2026-02-03",
        "id": "00000000-0000-0000-0000-000000000007",
        "pair": [1, 2],
        "set": [3],
        "bytes": "text",
        "error": "ValueError: bad",
        "site": {"id": str(site.pk), "object_type": "inventory.site", "display": "Riga"},
    }


def test_inputs_are_judged_together_and_choices_found_when_needed(run: Run) -> None:
    with pytest.raises(InputsRefused) as refused:
        run("checks.KeepsOrder", least=3, most=2)
    assert refused.value.errors == {"most": ["Should not be below least."]}
    assert run("checks.KeepsOrder", least=2, most=5).result == 3
    Site.objects.create(name="Oslo")
    result = run("checks.PicksASite", season="winter", site={"name": "Oslo"})
    assert result.result == "Oslo in winter", result.traceback
    with pytest.raises(InputsRefused) as refused:
        run("checks.PicksASite", season="monsoon", site={"name": "Oslo"})
    assert list(refused.value.errors) == ["season"]


def test_checks_of_the_parent_class_give_records_and_addresses(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url())
    here, there = (Site.objects.create(name=name) for name in ("Here", "There"))
    with pytest.raises(InputsRefused) as refused:
        run("checks.ChecksRealValues", site=here.pk, address="192.0.2.1")
    assert refused.value.errors == {"__all__": ["Only loopback addresses are here."]}
    result = run("checks.ChecksRealValues", site=there.pk, address="192.0.2.1")
    assert result.status == "SUCCESS", result.traceback
    assert result.result == {
        "valid": True,
        "kept": {"site": there.pk, "address": "192.0.2.1", "proof": None},
        "same": True,
        "mine": ["site"],
    }


def test_inputs_are_sealed_unless_the_job_says_otherwise(run: Run) -> None:
    kept = run("sensitive.KeepsItsInputs", word="abracadabra")
    assert (kept.result, kept.task_kwargs) == (11, {})
    assert kept.sealed_kwargs
    shown = run("sensitive.ShowsItsInputs", word="abracadabra")
    assert (shown.result, shown.task_kwargs) == (11, {"word": "abracadabra"})
