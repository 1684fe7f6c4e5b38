"""The run form and the job edit page."""

import re
import shlex

import pytest
from django.test import Client
from django.urls import reverse

from jobsmith.cli.arguments import read_inputs
from jobsmith.models import OVERRIDABLE_FIELDS, JobResult
from jobsmith.specs import VariableSpec
from jobsmith.web.shell_call import command
from tests.support import factories as make
from tests.support.seed import variables

pytestmark = pytest.mark.django_db


@pytest.fixture
def job(db):
    make.make_worker()
    return make.make_job(make.make_spec("Everything", *variables()))


def test_the_form_shows_every_type_of_variable_with_a_label(client, job):
    page = client.get(f"{job.get_absolute_url()}run/").content.decode()
    for variable in job.declared["variables"]:
        assert f'for="id_{variable["name"]}"' in page, variable["name"]
    assert page.index("<legend>Where</legend>") < page.index("<legend>How</legend>")
    assert "jobsmith run pings.Everything" in page


def test_a_good_form_starts_a_run_and_goes_to_its_page(client, job):
    answer = client.post(
        f"{job.get_absolute_url()}run/",
        {
            "site": "fra",
            "max_failures": "5",
            "ticket": "CHG-1",
            "password": "hunter22",
            "roles": ["core"],
        },
    )
    run = JobResult.objects.get()
    assert answer["Location"] == run.get_absolute_url()
    assert run.task_kwargs["max_failures"] == 5
    assert "password" not in run.task_kwargs
    assert run.door == "web"


def test_a_refused_form_ties_each_error_to_its_field_and_lists_them_on_top(client, job):
    answer = client.post(
        f"{job.get_absolute_url()}run/", {"site": "fra", "max_failures": "99", "ticket": "x"}
    )
    page = answer.content.decode()
    assert answer.status_code == 400
    assert 'id="jsm-errors"' in page
    assert '<a href="#id_max_failures">' in page
    assert 'aria-describedby="id_max_failures_error"' in page
    assert 'id="id_max_failures_error"' in page
    assert 'aria-invalid="true"' in page
    assert not JobResult.objects.exists()


def test_without_a_worker_the_form_says_so_with_503_and_keeps_what_was_typed(client):
    job = make.make_job(make.make_spec("Alone", VariableSpec(name="site", type="StringVar")))
    answer = client.post(f"{job.get_absolute_url()}run/", {"site": "fra-77"})
    assert answer.status_code == 503
    assert "No worker is listening" in answer.content.decode()
    assert "fra-77" in answer.content.decode()


def test_run_with_changes_fills_the_form_but_for_secrets(client, job):
    run = make.make_result(
        job, task_kwargs={"site": "ber", "ticket": "CHG-9", "password": "hush-7"}
    )
    page = client.get(f"{job.get_absolute_url()}run/?from={run.pk}").content.decode()
    assert 'value="CHG-9"' in page
    assert '<option value="ber" selected>' in page
    assert "hush-7" not in page
    assert client.get(f"{job.get_absolute_url()}run/?from=nonsense").status_code == 404


def test_one_field_can_be_asked_for_again(client, job):
    answer = client.post(
        reverse("jobsmith:job_run_field", args=[job.pk, "ticket"]), {"ticket": "CHG-3"}
    )
    page = answer.content.decode()
    assert "<html" not in page
    assert 'value="CHG-3"' in page
    missing = reverse("jobsmith:job_run_field", args=[job.pk, "nope"])
    assert client.post(missing).status_code == 404


def test_a_disabled_job_has_no_form(client):
    job = make.make_job(enabled=False)
    assert client.get(f"{job.get_absolute_url()}run/").status_code == 403


def test_the_picker_finds_only_what_the_form_would_take(client, job, admin):
    make.make_user("bernd")
    address = f"{reverse('jobsmith:objects')}?job={job.pk}&variable=owner"
    found = client.get(f"{address}&q=bern").json()["results"]
    assert [each["text"] for each in found] == ["bernd"]
    assert client.get(f"{address.replace('owner', 'site')}").status_code == 404
    assert "pw" not in client.get(address).content.decode().replace("pws", "")


def test_the_edit_page_shows_what_is_declared_and_holds_a_field(client, job):
    address = reverse("jobsmith:job_edit", args=[job.pk])
    page = client.get(address).content.decode()
    assert page.count("The code declares") == len(OVERRIDABLE_FIELDS)
    sent = {"enabled": "on", "name": "Mine", "name_override": "on", "grouping": "Changed anyway"}
    assert client.post(address, sent).status_code == 302
    job.refresh_from_db()
    assert job.name == "Mine"
    assert job.grouping == "Net"
    assert job.overridden == ["name"]


def test_unticking_an_override_follows_the_source_again(client, job):
    address = reverse("jobsmith:job_edit", args=[job.pk])
    client.post(address, {"enabled": "on", "time_limit": "30", "time_limit_override": "on"})
    job.refresh_from_db()
    assert job.time_limit == 30
    client.post(address, {"enabled": "on", "time_limit": "30"})
    job.refresh_from_db()
    assert job.time_limit == 0
    assert job.overridden == []


def test_a_bad_value_is_refused_beside_its_field(client, job):
    address = reverse("jobsmith:job_edit", args=[job.pk])
    answer = client.post(
        address, {"enabled": "on", "time_limit": "-3", "time_limit_override": "on"}
    )
    assert answer.status_code == 400
    assert 'id="id_time_limit_error"' in answer.content.decode()


def test_the_command_on_the_form_gives_the_command_line_the_same_inputs(client):
    kinds = {
        "checks": "MultiChoiceVar",
        "sites": "MultiObjectVar",
        "rules": "JSONVar",
        "note": "TextVar",
        "steps": "IntegerVar",
        "quick": "BooleanVar",
    }
    given = {
        "checks": ["long", "mark ers"],
        "sites": ["1", "2"],
        "rules": {"a": ["b'c", 1]},
        "note": "it's\ntwo lines",
        "steps": 3,
        "quick": True,
    }
    spec = make.make_spec(
        "Many", *(VariableSpec(name=name, type=kind) for name, kind in kinds.items())
    )
    words = shlex.split(command(make.make_job(spec), given).replace("\\\n", ""))
    assert words[:3] == ["jobsmith", "run", "pings.Many"]
    values, _ = read_inputs(spec, words[3:], "")
    assert values == given | {"steps": "3", "quick": "true"}


@pytest.mark.parametrize("widget", ["radio", "checkboxes"])
def test_choices_that_are_all_shown_stand_in_one_fieldset_whose_ids_are_unique(client, widget):
    kind = "ChoiceVar" if widget == "radio" else "MultiChoiceVar"
    choices = (("a", "A"), ("b", "B"), ("c", "C"))
    pick = VariableSpec(name="pick", type=kind, choices=choices, widget=widget)
    job = make.make_job(make.make_spec("Picks", pick))
    page = client.get(f"{job.get_absolute_url()}run/").content.decode()
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert page.count('name="pick"') >= 3


def test_a_refused_edit_does_not_speak_of_a_start(client, job):
    answer = client.post(f"{job.get_absolute_url()}edit/", {"name": "", "name_override": "on"})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Nothing was saved" in page
    assert "was not started" not in page


@pytest.mark.parametrize("rights", [("run_job", "view_job"), ("run_job",)])
def test_who_may_not_see_runs_is_told_of_the_start_on_a_page_they_may_see(rights):
    make.make_worker()
    job = make.make_job(make.make_spec("Ping"))
    browser = Client()
    browser.force_login(make.make_user("runner", *rights))
    answer = browser.post(f"{job.get_absolute_url()}run/", follow=True)
    assert JobResult.objects.count() == 1
    assert answer.status_code == 200
    assert "was started. You do not have permission to see its run." in answer.content.decode()


def test_a_required_choice_with_a_default_offers_no_blank_and_dryrun_reads_as_words(client):
    choices = (("a", "A"), ("b", "B"))
    spec = make.make_spec(
        "Picks",
        VariableSpec(name="one", type="ChoiceVar", choices=choices, default="b"),
        VariableSpec(name="dryrun", type="DryRunVar", required=False),
    )
    address = f"{make.make_job(spec).get_absolute_url()}run/"
    page = client.get(address).content.decode()
    assert "---------" not in page
    assert "Dry run<" in page


def test_limits_are_shown_as_they_are_typed(client, job):
    page = client.get(f"{job.get_absolute_url()}edit/").content.decode()
    assert 'name="time_limit" value="0"' in page
