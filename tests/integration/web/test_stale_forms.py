"""Whoever saves a form is told when somebody else has changed the record meanwhile."""

import re

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from jobsmith.actions.save_record import update_record
from jobsmith.models import GraphQLQuery, JobQueue, Note, ObjectChange, Tag, Token
from tests.support import factories as make
from tests.support.seed import variables

from .test_record_pages import KINDS, browser_of, errors_of, good, make_row

pytestmark = pytest.mark.django_db


def seen_in(client: Client, address: str) -> str:
    page = client.get(address).content.decode()
    return re.search(r'name="_seen" value="([0-9a-f]{32})"', page)[1]


def name_of(kind: str) -> str:
    return "username" if kind == "users" else "name"


@pytest.mark.parametrize("kind", KINDS)
def test_the_second_of_two_who_edit_is_told_and_overwrites_nothing(client, kind):
    address, model = KINDS[kind]
    row = make_row(kind)
    place, name = f"{address}{row.pk}/", name_of(kind)
    other = browser_of(make.make_admin("bernd"))
    mine, theirs = seen_in(client, place), seen_in(other, place)
    sent = good(kind) | {name: "theirs", "_seen": theirs}
    assert other.post(place, sent).status_code == 302
    answer = client.post(place, good(kind) | {name: "mine", "_seen": mine})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "bernd has changed it since you opened this form" in page
    assert 'value="mine"' in page
    assert getattr(model.objects.get(pk=row.pk), name) == "theirs"
    again = re.search(r'name="_seen" value="([0-9a-f]{32})"', page)[1]
    assert client.post(place, good(kind) | {name: "mine", "_seen": again}).status_code == 302
    assert getattr(model.objects.get(pk=row.pk), name) == "mine"


def test_a_form_that_was_not_overtaken_is_saved_twice(client):
    row = make_row("queues")
    for name in ("second", "third"):
        seen = seen_in(client, f"/queues/{row.pk}/")
        sent = {"name": name, "queue_type": "celery", "_seen": seen}
        assert client.post(f"/queues/{row.pk}/", sent).status_code == 302


def test_a_changed_relation_counts(client, admin):
    queue, tag = JobQueue.objects.create(name="fast"), Tag.objects.create(name="new")
    seen = seen_in(client, f"/queues/{queue.pk}/")
    update_record(queue, user=admin, values={"tags": [tag]})
    sent = {"name": "fast", "queue_type": "celery", "_seen": seen}
    assert client.post(f"/queues/{queue.pk}/", sent).status_code == 409
    assert list(queue.tags.all()) == [tag]


def test_signing_in_does_not_make_the_form_of_a_user_stale(client):
    user = make.make_user("bernd")
    seen = seen_in(client, f"/access/users/{user.pk}/")
    browser_of(user)
    sent = {"username": "bernd", "is_active": "on", "_seen": seen}
    assert client.post(f"/access/users/{user.pk}/", sent).status_code == 302


def test_a_token_a_note_and_a_job_are_kept_from_it_as_well(client, admin):
    token = Token.objects.create(user=admin, key="k", secret_hash="x")
    queue = JobQueue.objects.create(name="fast")
    client.post(f"/notes/jobqueue/{queue.pk}/", {"note": "First"})
    job = make.make_job(make.make_spec("Everything", *variables()))
    for row, address, first, second in (
        (token, f"/access/tokens/{token.pk}/", {"read_only": "on"}, {}),
        (Note.objects.get(), f"/notes/{Note.objects.get().pk}/", {"note": "1"}, {"note": "2"}),
        (
            job,
            reverse("jobsmith:job_edit", args=[job.pk]),
            {"enabled": "on", "name": "Theirs", "name_override": "on"},
            {"enabled": "on", "name": "Mine", "name_override": "on"},
        ),
    ):
        seen = seen_in(client, address)
        assert client.post(address, first | {"_seen": seen}).status_code == 302, row
        answer = client.post(address, second | {"_seen": seen})
        assert answer.status_code == 409, row
        assert "ana has changed it" in answer.content.decode()


def test_a_sync_does_not_make_the_form_of_a_job_stale(client):
    job = make.make_job()
    address = reverse("jobsmith:job_edit", args=[job.pk])
    seen = seen_in(client, address)
    job.description = "what the source says now"
    job.save()
    assert client.post(address, {"enabled": "on", "_seen": seen}).status_code == 302


def test_who_may_not_see_the_trail_is_not_told_who(db):
    queue = JobQueue.objects.create(name="fast")
    user = make.make_user("olga")
    for right in ("view", "change"):
        make.grant(user, right, JobQueue)
    browser = browser_of(user)
    seen = seen_in(browser, f"/queues/{queue.pk}/")
    update_record(queue, user=make.make_admin("secretive"), values={"description": "x"})
    sent = {"name": "fast", "queue_type": "celery", "_seen": seen}
    page = browser.post(f"/queues/{queue.pk}/", sent).content.decode()
    assert "Somebody has changed it" in page
    assert "secretive" not in page


def test_nothing_is_noted_of_what_was_refused(client, admin):
    query = GraphQLQuery.objects.create(name="q", query="{ jobs { id } }")
    place = f"/graphql/queries/{query.pk}/"
    seen = seen_in(client, place)
    update_record(query, user=admin, values={"name": "r"})
    client.post(place, {"name": "s", "query": "{ jobs { id } }", "_seen": seen})
    assert ObjectChange.objects.filter(changed_object_id=str(query.pk)).count() == 1


def test_what_was_saved_elsewhere_stands_beside_what_was_entered(client, admin):
    group = Group.objects.create(name="ops")
    seen = seen_in(client, f"/access/groups/{group.pk}/")
    update_record(group, user=admin, values={"name": "operators"})
    answer = client.post(f"/access/groups/{group.pk}/", {"name": "team", "_seen": seen})
    page = answer.content.decode()
    assert errors_of(page) == {"name"}
    assert "It is now: operators" in page
