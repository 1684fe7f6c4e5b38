"""What jobs, files and people are called, say and return stays text on every page."""

import json
from collections.abc import Callable

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from jobsmith.models import (
    Job,
    JobConsoleEntry,
    JobFile,
    JobLogEntry,
    JobResult,
    Source,
    SourceProblem,
)
from jobsmith.specs import VariableSpec
from jobsmith.web.results import ATTRIBUTES, TAGS, markdown
from tests.support import factories as make
from tests.support.hostile import CALL, HTML, MARKDOWN, TEXTS, Shape, foreign_addresses, shape, tags

pytestmark = pytest.mark.django_db
HARMLESS = "Some words"
Shapes = dict[str, Shape]
_shapes: dict[int, Shapes] = {}


def make_job_called(text: str) -> Job:
    spec = make.make_spec(
        text[:100],
        VariableSpec(name="word", type="StringVar", label=text, description=text, default=text),
        VariableSpec(name="pick", type="ChoiceVar", choices=[[text, text]], section=text),
        VariableSpec(name="long", type="TextVar", default=text),
        description=text,
        file=text,
    )
    job = make.make_job(spec, description=text)
    Job.objects.filter(pk=job.pk).update(grouping=text)
    return job


def make_run_of(job: Job, text: str, **fields: object) -> JobResult:
    now = timezone.now()
    moments = {"date_created": now, "date_started": now, "date_done": now}
    inputs = {"word": text, "pick": text, "long": text, text[:50]: [text], "json": {text: text}}
    told = {"worker": text[:100], "source_label": text, "cause_detail": text, "log_count": 2}
    return make.make_result(job, task_kwargs=inputs, **moments, **told, **fields)


def typed(kind: str, **more: object) -> dict[str, object]:
    return {"__jobsmith_type__": kind, **more}


def returned(text: str) -> dict[str, object]:
    table = typed("table", title=text, columns=[text, text], rows=[[text, {text: text}]])
    note = {"__jobsmith_note__": text, "type": text, "preview": text}
    return {text: text, f"{text} table": table, f"{text} note": note, f"{text} list": [text]}


def write_lines(run: JobResult, text: str) -> None:
    now = timezone.now()
    JobLogEntry.objects.create(
        job_result=run, seq=1, created=now, message=text, grouping=text[:100], log_object=text[:200]
    )
    JobLogEntry.objects.create(
        job_result=run, seq=2, created=now, log_level="error", absolute_url=f"javascript:{CALL}"
    )
    JobConsoleEntry.objects.create(
        job_result=run, seq=1, timestamp=now, output_type="stdout", text=text
    )


def write_file(run: JobResult, text: str) -> None:
    row = JobFile(name=text, size=4, job_result=run)
    row.file.save("x", ContentFile(b"text"))


def addresses(text: str) -> dict[str, str]:
    job = make_job_called(text)
    good = make_run_of(job, text, status="SUCCESS", result=returned(text))
    failed = {"exc_type": text, "exc_message": [text]}
    bad = make_run_of(job, text, status="FAILURE", result=failed, traceback=text, cause=text[:40])
    waits = make_run_of(job, text, status="PENDING", waiting_reason=text)
    runs = make_run_of(
        job, text, status="STARTED", progress_text=text, progress_done=1, progress_total=3
    )
    for run in (good, bad):
        write_lines(run, text)
        write_file(run, text)
    source = Source.objects.create(key="folder", kind="local", title=text)
    SourceProblem.objects.create(source=source, code=text[:60], message=text, file=text, line=1)
    tabs = {tab: f"{good.get_absolute_url()}?tab={tab}" for tab in ("log", "console", "result")}
    tabs |= {tab: f"{good.get_absolute_url()}?tab={tab}" for tab in ("files", "inputs")}
    return tabs | {
        "catalogue": "/",
        "job": job.get_absolute_url(),
        "form": f"{job.get_absolute_url()}run/",
        "form again": f"{job.get_absolute_url()}run/?from={good.pk}",
        "edit": f"{job.get_absolute_url()}edit/",
        "runs": "/runs/",
        "failed": bad.get_absolute_url(),
        "waits": waits.get_absolute_url(),
        "goes on": runs.get_absolute_url(),
        "steps": f"{good.get_absolute_url()}steps/",
        "cancel": f"{runs.get_absolute_url()}cancel/",
        "problems": "/problems/",
    }


def pages(client, text: str) -> dict[str, str]:
    found = {}
    for name, address in addresses(text).items():
        answer = client.get(address)
        assert answer.status_code == 200, name
        found[name] = answer.content.decode()
    return found


@pytest.fixture
def harmless_shapes(client) -> Callable[[str], Shapes]:
    """Shapes of the same pages with as many harmless lines of text; asked for once a number."""

    def shapes(text: str) -> Shapes:
        lines = text.count("\n") + 1
        if lines not in _shapes:
            found = pages(client, "\n".join([HARMLESS] * lines))
            _shapes[lines] = {name: shape(page) for name, page in found.items()}
            for model in (JobResult, Job, Source):
                model.objects.all().delete()
        return _shapes[lines]

    return shapes


@pytest.mark.parametrize("text", [*HTML, *MARKDOWN[-3:]])
def test_a_page_has_the_same_tags_whatever_its_texts_are(client, harmless_shapes, text):
    expected = harmless_shapes(text)
    found = pages(client, text)
    shapes = {name: shape(page) for name, page in found.items()}
    assert {name: each for name, each in shapes.items() if each != expected[name]} == {}
    assert [each for page in found.values() for each in foreign_addresses(page)] == []


def test_the_check_itself_sees_what_a_text_may_do():
    assert shape(f"<p>{HARMLESS}</p>") != shape(f"<p><img src=x onerror={CALL}></p>")
    assert shape('<p title="x">') != shape(f'<p title="x" onmouseover="{CALL}">')
    assert foreign_addresses('<a href="javascript:x">') == ["javascript:x"]
    assert foreign_addresses('<a href="//evil.example/">') == ["//evil.example/"]
    assert shape('<div class="jsm-prose"><div><b></b></div></div><p></p>') == shape(
        '<div class="jsm-prose"></div><p></p>'
    )


def test_a_refused_form_shows_what_was_typed_as_text(client):
    make.make_worker()
    job = make_job_called(HARMLESS)
    forms = {
        text: client.post(f"{job.get_absolute_url()}run/", {"word": text, "pick": text})
        for text in (*TEXTS, "Other words")
    }
    assert {answer.status_code for answer in forms.values()} == {400}
    expected = shape(forms.pop("Other words").content.decode())
    assert [text for text, page in forms.items() if shape(page.content.decode()) != expected] == []


@pytest.mark.parametrize("text", TEXTS)
def test_markdown_makes_only_tags_that_do_nothing(text):
    for tag, attributes in tags(markdown(text)):
        assert tag in TAGS
        assert set(attributes) <= ATTRIBUTES.get(tag, set()) | {"rel"}
        assert attributes.get("href", "https:").startswith(("https:", "%6A"))
        assert "on" not in {name[:2] for name in attributes}


def test_markdown_still_makes_what_it_should():
    said = markdown("# A\n\n**b** [c](https://example.org/) [d](/runs/)\n\n| e |\n|---|\n| f |")
    assert '<a href="https://example.org/" rel="noopener noreferrer">c</a>' in said
    assert '<a href="/runs/" rel="noopener noreferrer">d</a>' in said
    for piece in ("<h1>A</h1>", "<strong>b</strong>", "<th>e</th>", "<td>f</td>"):
        assert piece in said


@pytest.mark.parametrize("text", TEXTS)
def test_markdown_of_a_description_and_of_a_result_is_cleaned(client, text):
    job = make_job_called(text)
    run = make_run_of(job, HARMLESS, status="SUCCESS", result=typed("markdown", text=text))
    for address in (job.get_absolute_url(), f"{run.get_absolute_url()}?tab=result"):
        page = client.get(address).content.decode()
        assert str(markdown(text)) in page


@pytest.mark.parametrize("text", TEXTS)
def test_lines_and_files_are_data_that_no_browser_takes_for_a_page(client, text):
    run = make_run_of(make.make_job(), HARMLESS, status="SUCCESS", result=returned(text))
    write_lines(run, text)
    write_file(run, f"{text}\r\nX-Evil: 1.html")
    answer = client.get(reverse("jobsmith:run_log", args=[run.pk]))
    assert answer["Content-Type"] == "application/json"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert json.loads(answer.content)["rows"][0][3] == text
    places = (
        reverse("jobsmith:run_file", args=[run.pk, run.files.get().pk]),
        reverse("jobsmith:run_log_download", args=[run.pk]),
        reverse("jobsmith:run_console_download", args=[run.pk]),
        reverse("jobsmith:run_table", args=[run.pk, 0]),
    )
    for place in places:
        answer = client.get(place)
        assert answer.status_code == 200
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "X-Evil" not in answer
        assert b"".join(answer)
