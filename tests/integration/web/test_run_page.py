"""One run: its tabs, lines, files, and what may be done with it."""

import json
import re
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobsmith.models import JobConsoleEntry, JobFile, JobLogEntry, JobResult, SourceTree
from jobsmith.specs import VariableSpec, to_json
from tests.support import factories as make
from tests.support.seed import log

pytestmark = pytest.mark.django_db


def ended(**fields):
    now = timezone.now()
    return make.make_result(
        **{"status": "SUCCESS", "date_started": now, "date_done": now, "log_count": 0, **fields}
    )


@pytest.mark.parametrize("tab", ["log", "console", "result", "files", "inputs", "nonsense"])
def test_every_tab_shows(client, tab):
    page = client.get(f"{ended().get_absolute_url()}?tab={tab}")
    assert page.status_code == 200
    assert "Succeeded" in page.content.decode()


def test_only_what_the_viewer_has_the_right_to_is_offered(db):
    spec = make.make_spec("Reads", VariableSpec(name="upload", type="FileVar"))
    counts = {"log_count": 3, "error_log_count": 1, "console_count": 1}
    run = ended(job=make.make_job(spec), status="FAILURE", **counts)
    log(run, 3, timezone.now())
    row = JobFile(name="in.txt", job_result=run, kind="input", size=1)
    row.file.save("in.txt", ContentFile(b"x"))
    JobResult.objects.filter(pk=run.pk).update(
        task_kwargs={"upload": {"file": str(row.pk), "name": "in.txt"}}
    )
    address, tabs = run.get_absolute_url(), {}
    for rights in ((), ("view_joblogentry",), ("view_jobconsoleentry",), ("view_jobfile",)):
        browser = Client()
        browser.force_login(make.make_user(f"u{len(tabs)}", "view_jobresult", *rights))
        page = browser.get(address).content.decode()
        tabs[rights] = [name for name in ("log", "console", "files") if f'id="tab-{name}"' in page]
        asked = {
            "log": browser.get(f"{address}log/"),
            "console": browser.get(f"{address}console/"),
            "files": browser.get(f"{address}files/{row.pk}/"),
        }
        assert [name for name in asked if asked[name].status_code == 200] == tabs[rights]
        assert ("<jsm-log" in page) == bool(tabs[rights] and tabs[rights] != ["files"])
        inputs = browser.get(f"{address}?tab=inputs").content.decode()
        assert (f"/files/{row.pk}/" in inputs) == ("files" in tabs[rights])
        said = browser.get(f"{address}?tab=log").content.decode()
        sentence = "You do not have permission to see the log of runs."
        assert (sentence in said) == ("log" not in tabs[rights])
    assert list(tabs.values()) == [[], ["log"], ["console"], ["files"]]


def test_a_running_run_is_watched_without_the_right_to_its_lines(db):
    run = make.make_result(status="STARTED")
    browser = Client()
    browser.force_login(make.make_user("vera", "view_jobresult"))
    page = browser.get(run.get_absolute_url()).content.decode()
    assert f'data-rows="{run.get_absolute_url()}state/"' in page
    state = browser.get(f"{run.get_absolute_url()}state/").json()
    assert state == {"status": "STARTED", "over": False, "rows": []}


def test_a_page_of_lines_is_bounded_by_their_length(client):
    run = ended(log_count=20)
    JobLogEntry.objects.bulk_create(
        JobLogEntry(job_result=run, seq=n, created=timezone.now(), message="x" * 60_000)
        for n in range(1, 21)
    )
    found = client.get(reverse("jobsmith:run_log", args=[run.pk])).json()
    assert [row[0] for row in found["rows"]] == [1, 2, 3, 4, 5]
    assert found["more"]
    last = client.get(reverse("jobsmith:run_log", args=[run.pk]), {"after": 15}).json()
    assert (len(last["rows"]), last["more"]) == (5, False)


def test_a_failure_names_type_message_and_line(client):
    run = ended(
        status="FAILURE",
        cause="exception",
        result={"exc_type": "KeyError", "exc_message": ["<b>'x'"]},
        traceback="Traceback: here",
        error_log_count=1,
    )
    log(run, 4000, timezone.now())
    page = client.get(run.get_absolute_url()).content.decode()
    assert "KeyError" in page
    assert "&lt;b&gt;" in page
    assert "#L3991" in page
    assert "Traceback: here" in page


def test_a_result_shows_tables_markdown_and_notes_and_runs_nothing(client):
    run = ended(
        result={
            "total": 48,
            "t": {
                "__jobsmith_type__": "table",
                "columns": ["a"],
                "rows": [["=1+1"], [2]],
                "title": "T",
            },
            "m": {
                "__jobsmith_type__": "markdown",
                "text": "**x** <script>alert(1)</script> [l](javascript:1)",
            },
            "n": {
                "__jobsmith_note__": "JSON has no such number.",
                "type": "float",
                "preview": "nan",
            },
        }
    )
    page = client.get(f"{run.get_absolute_url()}?tab=result").content.decode()
    assert "<strong>x</strong>" in page
    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    assert "JSON has no such number." in page
    assert '<dt class="jsm-mono">total</dt><dd>48</dd>' in page
    table = client.get(f"{run.get_absolute_url()}tables/0/")
    assert b"".join(table.streaming_content) == b"a\r\n'=1+1\r\n2\r\n"
    assert client.get(f"{run.get_absolute_url()}tables/1/").status_code == 404


def test_log_rows_come_by_number_and_filter_on_the_server(client):
    run = ended(log_count=4000)
    log(run, 4000, timezone.now())
    address = reverse("jobsmith:run_log", args=[run.pk])
    rows = client.get(f"{address}?after=3990&limit=5").json()["rows"]
    assert [row[0] for row in rows] == [3991, 3992, 3993, 3994, 3995]
    assert client.get(f"{address}?numbers=1&level=error").json()["numbers"] == [3991]
    found = client.get(f"{address}?numbers=1&q=vlan+399+").json()["numbers"]
    assert len(found) == 13
    rows = client.get(f"{address}?q=vlan+399+&after={found[0]}&limit=2").json()["rows"]
    assert [row[0] for row in rows] == found[1:3]
    assert len(client.get(f"{address}?limit=99999").json()["rows"]) == 2000


def test_terminal_colours_are_left_out_of_the_page_and_kept_in_the_download(client):
    run = ended(console_count=1, log_count=1)
    now = timezone.now()
    coloured = "\x1b[1;31mfailed\x1b[0m: 3"
    JobConsoleEntry.objects.create(
        job_result=run, seq=1, timestamp=now, output_type="stdout", text=coloured
    )
    JobLogEntry.objects.create(job_result=run, seq=1, created=now, message=coloured)
    for name in ("console", "log"):
        rows = client.get(reverse(f"jobsmith:run_{name}", args=[run.pk])).json()["rows"]
        assert [row[3] for row in rows] == ["failed: 3"]
        whole = client.get(reverse(f"jobsmith:run_{name}_download", args=[run.pk]))
        assert coloured in b"".join(whole).decode()


def test_console_lines_come_the_same_way(client):
    run = ended(console_count=3)
    JobConsoleEntry.objects.bulk_create(
        JobConsoleEntry(
            job_result=run, seq=n, timestamp=timezone.now(), output_type=kind, text=f"<i>{n}"
        )
        for n, kind in ((1, "stdout"), (2, "stderr"), (3, "stdout"))
    )
    address = reverse("jobsmith:run_console", args=[run.pk])
    assert [row[0] for row in client.get(address).json()["rows"]] == [1, 2, 3]
    assert client.get(f"{address}?numbers=1&level=stderr").json()["numbers"] == [2]
    whole = client.get(f"{address}download/")
    assert b"".join(whole.streaming_content) == b"<i>1\n<i>2\n<i>3\n"


def test_a_log_download_is_an_attachment_in_order(client):
    run = ended(log_count=6000)
    log(run, 6000, timezone.now())
    answer = client.get(reverse("jobsmith:run_log_download", args=[run.pk]))
    assert answer["Content-Disposition"].startswith("attachment")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert len(lines) == 6000
    assert lines == sorted(lines)


def test_a_file_is_saved_and_never_shown(client):
    run = ended()
    file = JobFile(name='evil "page".html', size=25, job_result=run, content_type="text/html")
    file.file.save("x", ContentFile(b"<script>alert(1)</script>"))
    file.save()
    answer = client.get(reverse("jobsmith:run_file", args=[run.pk, file.pk]))
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert b"".join(answer.streaming_content) == b"<script>alert(1)</script>"
    other = ended(job=run.job_model)
    assert client.get(reverse("jobsmith:run_file", args=[other.pk, file.pk])).status_code == 404


def test_sealed_inputs_are_named_and_not_shown(client):
    spec = make.make_spec(
        "Seals",
        VariableSpec(name="password", type="SecretVar"),
        VariableSpec(name="site", type="StringVar"),
    )
    run = ended(job=make.make_job(spec), task_kwargs={"site": "fra"}, sealed_kwargs="gAAAsealed")
    page = client.get(f"{run.get_absolute_url()}?tab=inputs").content.decode()
    assert page.count("Sealed") == 1
    assert "gAAAsealed" not in page
    assert "fra" in page


def chosen(job, team):
    spec = make.make_spec(
        "Chooses",
        VariableSpec(name="job", type="ObjectVar", model="jobsmith.job"),
        VariableSpec(name="owner", type="ObjectVar", model="users.user", required=False),
        VariableSpec(name="team", type="MultiObjectVar", model="users.user", display_field="email"),
        VariableSpec(name="gone", type="ObjectVar", model="nowhere.thing"),
    )
    inputs = {"job": str(job.pk), "team": [str(each.pk) for each in team]}
    return ended(job=make.make_job(spec), task_kwargs=inputs | {"owner": None, "gone": "77"})


def test_chosen_records_are_shown_by_name_and_linked(client):
    job = make.make_job(make.make_spec("Reboot & wait"))
    team = [make.make_user(f"u{n}", email=f"u{n}@example.org") for n in range(3)]
    run = chosen(job, team)
    page = client.get(f"{run.get_absolute_url()}?tab=inputs").content.decode()
    assert f'<a href="{job.get_absolute_url()}">Reboot &amp; wait</a>' in page
    assert "u0@example.org, u1@example.org, u2@example.org" in page
    assert str(team[0].pk) not in page
    assert "77" in page


def test_of_many_chosen_records_the_first_fifty_are_named_in_one_query_a_model(
    client, django_assert_max_num_queries
):
    team = [make.make_user(f"u{n}", email=f"u{n}@example.org") for n in range(60)]
    run = chosen(make.make_job(), team)
    with django_assert_max_num_queries(16):
        page = client.get(f"{run.get_absolute_url()}?tab=inputs").content.decode()
    assert "u49@example.org and 10 more" in page
    assert "u50@example.org" not in page


def test_records_out_of_the_viewers_reach_stay_keys(db):
    job = make.make_job(make.make_spec("Secret door"))
    run = chosen(job, [make.make_user("hidden", email="hidden@example.org")])
    browser = Client()
    browser.force_login(make.make_user("lena", "view_jobresult"))
    page = browser.get(f"{run.get_absolute_url()}?tab=inputs").content.decode()
    assert str(job.pk) in page
    assert "Secret door" not in page
    assert "hidden@example.org" not in page


def test_json_that_looks_like_a_file_is_shown_as_json(client):
    spec = make.make_spec("Odd", VariableSpec(name="options", type="JSONVar"))
    key = str(uuid4())
    run = ended(job=make.make_job(spec), task_kwargs={"options": {"file": key, "name": "y"}})
    page = client.get(f"{run.get_absolute_url()}?tab=inputs").content.decode()
    assert f"&quot;file&quot;: &quot;{key}&quot;" in page


def test_inputs_are_shown_as_the_version_of_the_run_declared_them(client):
    spec = make.make_spec("Old", VariableSpec(name="pin", type="SecretVar", label="Your pin"))
    run = ended(job=make.make_job(make.make_spec("Old")), sealed_kwargs="gAAAsealed")
    tree = SourceTree.objects.create(digest="b" * 64, specs={run.class_path: to_json(spec)})
    assert "Your pin" not in client.get(f"{run.get_absolute_url()}?tab=inputs").content.decode()
    run.source_digest = tree.digest
    run.save()
    assert "Your pin" in client.get(f"{run.get_absolute_url()}?tab=inputs").content.decode()


def test_cancelling_asks_first_and_then_ends_a_waiting_run(client):
    run = make.make_result()
    assert "Cancel this run?" in client.get(f"{run.get_absolute_url()}cancel/").content.decode()
    answer = client.post(f"{run.get_absolute_url()}cancel/", follow=True)
    assert "The run is cancelled." in answer.content.decode()
    run.refresh_from_db()
    assert run.status == "REVOKED"
    assert client.post(f"{run.get_absolute_url()}cancel/").status_code == 409


def test_run_again_starts_a_second_run(client):
    make.make_worker()
    run = ended()
    answer = client.post(f"{run.get_absolute_url()}rerun/")
    assert answer.status_code == 302
    assert JobResult.objects.get(rerun_of=run).door == "web"
    assert client.get(f"{run.get_absolute_url()}rerun/").status_code == 405


def test_steps_outline_the_log(client):
    run = ended(log_count=4000)
    log(run, 4000, timezone.now())
    page = client.get(f"{run.get_absolute_url()}steps/").content.decode()
    assert page.index("initialization") < page.index("load inventory") < page.index("apply changes")
    assert "#L1001" in page


def test_under_wsgi_the_stream_says_501_and_the_lines_are_there(client):
    run = ended(log_count=10)
    log(run, 10, timezone.now())
    answer = client.get(reverse("jobsmith:run_stream", args=[run.pk]))
    assert answer.status_code == 501
    assert json.loads(answer.content)["detail"]


@pytest.mark.parametrize(
    "result",
    [
        {"__jobsmith_type__": "table", "rows": 5},
        {"__jobsmith_type__": ["x"]},
        {"a": {"__jobsmith_type__": "markdown"}, "b": None},
        {"__jobsmith_note__": None},
        {"__facts__": 1},
        [],
        "text",
    ],
)
def test_a_result_of_any_shape_is_shown(client, result):
    run = ended(result=result)
    assert client.get(f"{run.get_absolute_url()}?tab=result").status_code == 200


def test_the_head_brings_files_and_the_number_of_runs_that_came_meanwhile(client):
    run = make.make_result(status="STARTED", date_started=timezone.now())
    page = client.get(run.get_absolute_url()).content.decode()
    assert '<section class="jsm-panel" id="run-files" hidden>' in page
    assert '<span class="n" id="jsm-n-runs">1</span>' in page
    row = JobFile(name="made.csv", job_result=run, kind="output", size=3)
    row.file.save("made.csv", ContentFile(b"a,b"))
    JobResult.objects.filter(pk=run.pk).update(status="SUCCESS", date_done=timezone.now())
    head = client.get(f"{run.get_absolute_url()}?part=head&tab=log").content.decode()
    assert '<section class="jsm-panel" id="run-files" hx-swap-oob="true">' in head
    assert "made.csv" in head
    assert '<span class="n" id="jsm-n-runs" hidden hx-swap-oob="true"></span>' in head
    other = client.get(f"{run.get_absolute_url()}?part=head&tab=result").content.decode()
    assert "run-files" not in other


def test_a_failure_is_said_once_and_blames_no_step_that_did_not_say_it(client):
    run = ended(
        status="FAILURE",
        cause="exception",
        cause_detail="ValueError: It went wrong",
        result={"exc_type": "ValueError", "exc_message": ["It went wrong"]},
        traceback="Traceback",
        error_log_count=0,
    )
    for seq, grouping in enumerate(("initialization", "run"), 1):
        JobLogEntry.objects.create(
            job_result=run, seq=seq, grouping=grouping, message="x", created=timezone.now()
        )
    page = client.get(run.get_absolute_url()).content.decode()
    assert page.count("It went wrong") == 1
    assert "<details open>" in page
    steps = client.get(f"{run.get_absolute_url()}steps/").content.decode()
    assert re.findall(r'class="is-(\w+)"', steps) == ["success", "success", "failed"]
    assert "1 line<" in steps
    assert '<span>ValueError<span class="jsm-vh"> failed: the end of the run</span></span>' in steps


def lines(run, *said: tuple[str, str]) -> None:
    for seq, (grouping, level) in enumerate(said, 1):
        JobLogEntry.objects.create(
            job_result=run,
            seq=seq,
            grouping=grouping,
            log_level=level,
            message="x",
            created=timezone.now(),
        )


def states(client, run) -> list[tuple[str, str]]:
    page = client.get(f"{run.get_absolute_url()}steps/").content.decode()
    return re.findall(r'class="is-(\w+)".*?<span>(\w+)<', page, re.DOTALL)


def test_a_step_is_blamed_for_the_last_line_when_that_is_an_error(client):
    run = ended(status="FAILURE", cause="failed_by_job", result=None)
    lines(run, ("load", "info"), ("apply", "info"), ("load", "failure"))
    assert states(client, run) == [("failed", "load"), ("success", "apply")]


def test_an_earlier_error_line_does_not_hide_what_ended_the_run(client):
    run = ended(status="FAILURE", cause="signal:11", result=None)
    lines(run, ("load", "error"), ("apply", "info"))
    steps = client.get(f"{run.get_absolute_url()}steps/").content.decode()
    assert re.findall(r'class="is-(\w+)"', steps) == ["failed", "success", "failed"]
    assert "<span>signal:11<" in steps


def test_the_step_that_runs_is_the_one_that_spoke_last(client):
    run = make.make_result(status="STARTED", date_started=timezone.now())
    lines(run, ("run", "info"), ("load", "info"), ("run", "info"))
    assert states(client, run) == [("running", "run"), ("success", "load")]


def test_a_cancelled_run_says_so_after_its_steps(client):
    cancelled = ended(status="REVOKED", cause="cancelled", result=None)
    lines(cancelled, ("run", "info"))
    assert states(client, cancelled) == [("success", "run"), ("cancelled", "Cancelled")]


def test_a_run_without_lines_says_how_it_ended(client):
    silent = ended(status="FAILURE", cause="worker_lost", result=None)
    assert states(client, silent) == [("failed", "worker_lost")]


def test_an_empty_console_is_a_sentence_and_no_box(client):
    page = client.get(f"{ended().get_absolute_url()}?tab=console").content.decode()
    assert "The job printed nothing." in page
    assert "<jsm-log" not in page
