"""One's own account, and the trail of changes."""

import json
from datetime import timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.utils import timezone

from jobsmith.actions.override_job import edit_job
from jobsmith.audit import seal
from jobsmith.context import changing
from jobsmith.models import ObjectChange, Tag
from tests.support import factories as make

pytestmark = pytest.mark.django_db

NEW = "correct horse battery"


def changed(**fields: object) -> dict[str, object]:
    return {"present": "pw", "password": NEW, "again": NEW, **fields}


def test_whoever_changes_their_password_stays_here_and_is_signed_out_elsewhere(stranger):
    elsewhere = Client()
    assert elsewhere.login(username="nobody", password="pw")
    assert stranger.post("/account/", changed()).status_code == 302
    assert stranger.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302
    assert Client().login(username="nobody", password=NEW)
    assert ObjectChange.objects.get().user_name == "nobody"


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        (changed(present="wrong"), "present"),
        (changed(again="another"), "again"),
        (changed(password="123", again="123"), "password"),
        ({}, "password"),
    ],
)
def test_a_refused_password_is_said_beside_its_field(stranger, sent, field):
    answer = stranger.post("/account/", sent)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert f'href="#id_{field}"' in page
    assert NEW not in page
    assert Client().login(username="nobody", password="pw")


def test_guessing_the_present_password_is_braked(stranger):
    for _ in range(10):
        stranger.post("/account/", changed(present="wrong"))
    page = stranger.post("/account/", changed()).content.decode()
    assert "Too many failed attempts" in page
    assert Client().login(username="nobody", password="pw")


def test_without_a_password_there_is_no_form_for_one(db):
    user = make.make_user("bot")
    user.set_unusable_password()
    user.save()
    browser = Client()
    browser.force_login(user)
    assert 'name="present"' not in browser.get("/account/").content.decode()


# The trail


@pytest.fixture
def job(admin):
    job = make.make_job()
    tags = [Tag.objects.create(name=name) for name in ("red", "blue")]
    with changing(door="web"):
        edit_job(job, user=admin, values={"tags": tags}, overrides={})
    values = {"description": "New words", "tags": tags[:1]}
    with changing(door="web"):
        edit_job(job, user=admin, values=values, overrides={"description": True})
    return job


def rows(client, query: str = "") -> int:
    answer = client.get(f"/access/audit/{query}")
    assert answer.status_code == 200
    return answer.content.decode().count('<th scope="row">')


def test_the_trail_is_narrowed_by_what_the_address_says(client, job):
    change = ObjectChange.objects.first()
    day = timezone.now().date()
    assert rows(client) == 2
    for query, count in {
        "?q=Ping": 2,
        "?q=nothing": 0,
        "?user_name=ana": 2,
        "?user_name=olga": 0,
        "?action=update": 2,
        "?action=delete": 0,
        "?changed_object_type=jobsmith.job": 2,
        "?changed_object_type=jobsmith.tag": 0,
        f"?changed_object_id={job.pk}": 2,
        f"?request_id={change.request_id}": 1,
        f"?since={day}&until={day}": 2,
        f"?since={day + timedelta(days=2)}": 0,
        f"?until={day - timedelta(days=2)}": 0,
        "?since=2026-99-99&user_name=&action=": 2,
    }.items():
        assert rows(client, query) == count, query


@pytest.mark.parametrize("query", ["request_id=x", "action=fly", "colour=red"])
def test_a_filter_that_makes_no_sense_is_named(client, job, query):
    answer = client.get(f"/access/audit/?{query}")
    assert answer.status_code == 400
    assert query.split("=")[0] in answer.content.decode().split('role="alert"')[1]


def test_a_change_shows_what_was_and_what_is_with_names_for_keys(client, job):
    change = ObjectChange.objects.filter(after__description="New words").get()
    page = client.get(f"/access/audit/{change.pk}/").content.decode()
    assert "<ins>New words</ins>" in page
    assert "<del>blue</del>" in page  # the tag by its name; the one that stays is not repeated
    assert "<ins>red</ins>" not in page
    assert "fields as before" in page
    assert f'href="{job.get_absolute_url()}"' in page


def test_the_trail_goes_back_page_by_page(client):
    kind = ContentType.objects.get_for_model(Tag)
    for n in range(120):
        ObjectChange.objects.create(
            request_id="00000000-0000-4000-8000-000000000000",
            action="create",
            changed_object_type=kind,
            object_label="jobsmith.tag",
            changed_object_id=str(n),
            change_context="web",
            object_repr=f"tag {n:03}",
            time=timezone.now() - timedelta(seconds=n // 2),
        )
    seen, address = [], "/access/audit/"
    while address:
        page = client.get(address).content.decode()
        seen += [part.split("<")[0] for part in page.split(">tag ")[1:]]
        older = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
        address = f"/access/audit/{older.replace('&amp;', '&')}" if 'rel="next"' in page else ""
    assert len(seen) == len(set(seen)) == 120


def test_the_head_of_the_chain_is_shown_to_those_who_see_all_of_it(client, job):
    assert "none yet" in client.get("/access/audit/").content.decode()
    seal()
    head = ObjectChange.objects.order_by("-seal_number").first()
    assert head.seal in client.get("/access/audit/").content.decode()
    some = make.make_user("some")
    make.grant(some, "view", ObjectChange, {"action": "update"})
    browser = Client()
    browser.force_login(some)
    page = browser.get("/access/audit/").content.decode()
    assert "jsm-seal" not in page
    assert page.count('<th scope="row">') == 2


def test_the_trail_takes_its_own_right_and_hides_what_is_out_of_reach(stranger, job):
    change = ObjectChange.objects.first()
    assert stranger.get("/access/audit/").status_code == 403
    assert stranger.get(f"/access/audit/{change.pk}/").status_code == 403
    some = make.make_user("some")
    make.grant(some, "view", ObjectChange, {"action": "delete"})
    browser = Client()
    browser.force_login(some)
    assert browser.get(f"/access/audit/{change.pk}/").status_code == 404
    assert rows(browser) == 0


def test_names_of_related_records_out_of_reach_stay_keys(job):
    reader = make.make_user("reader")
    make.grant(reader, "view", ObjectChange)
    browser = Client()
    browser.force_login(reader)
    change = ObjectChange.objects.filter(after__description="New words").get()
    page = browser.get(f"/access/audit/{change.pk}/").content.decode()
    assert "blue" not in page
    assert "Open the record" not in page


def test_the_page_of_a_job_leads_to_its_changes(client, job, stranger):
    page = client.get(job.get_absolute_url()).content.decode()
    address = page.split('href="/access/audit/?changed_object_type=jobsmith.job')[1].split('"')[0]
    assert str(job.pk) in address
    assert rows(client, f"?changed_object_type=jobsmith.job{address.replace('&amp;', '&')}") == 2
    looker = make.make_user("looker", "view_job")
    browser = Client()
    browser.force_login(looker)
    assert "/access/audit/" not in browser.get(job.get_absolute_url()).content.decode()


def test_a_hidden_value_stays_hidden(client, admin):
    make_token = client.post("/access/tokens/add/", {"description": "x"}).content.decode()
    text = make_token.split('value="jsm_')[1].split('"')[0].split(".")[1]
    change = ObjectChange.objects.get()
    page = client.get(f"/access/audit/{change.pk}/").content.decode()
    assert "(hidden)" in page
    assert text not in page
    assert text not in json.dumps(change.after)
