"""Notes, tags of jobs, the GraphQL explorer, and the rail."""

import json

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from jobsmith.models import GraphQLQuery, Job, JobQueue, Note, ObjectChange, Tag
from tests.support import factories as make

pytestmark = pytest.mark.django_db


def browser_of(user) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


# Notes and tags


def test_a_note_is_written_on_a_job_and_shown_as_cleaned_markdown(client):
    job = make.make_job()
    address = f"/notes/job/{job.pk}/"
    assert f'action="{address}"' in client.get(job.get_absolute_url()).content.decode()
    text = "**Careful** <script>alert(1)</script> [x](javascript:alert(1))"
    assert client.post(address, {"note": text})["Location"] == job.get_absolute_url()
    page = client.get(job.get_absolute_url()).content.decode()
    assert "<strong>Careful</strong>" in page
    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    note = Note.objects.get()
    assert (note.user_name, note.assigned_object) == ("ana", job)


def test_an_empty_note_is_refused_beside_its_field(client):
    answer = client.post(f"/notes/job/{make.make_job().pk}/", {"note": " "})
    assert answer.status_code == 400
    assert 'id="id_note_error"' in answer.content.decode()
    assert not Note.objects.exists()


def test_a_note_is_changed_and_deleted_and_leads_back_to_its_record(client):
    queue = JobQueue.objects.create(name="fast")
    client.post(f"/notes/jobqueue/{queue.pk}/", {"note": "First"})
    note = Note.objects.get()
    assert "First" in client.get(f"/queues/{queue.pk}/").content.decode()
    assert (
        client.post(f"/notes/{note.pk}/", {"note": "Second"})["Location"] == f"/queues/{queue.pk}/"
    )
    note.refresh_from_db()
    assert note.note == "Second"
    assert client.get(f"/notes/{note.pk}/delete/").status_code == 200
    assert client.post(f"/notes/{note.pk}/delete/")["Location"] == f"/queues/{queue.pk}/"
    assert not Note.objects.exists()


def test_notes_take_their_own_right_and_that_to_the_record(stranger):
    job, other = make.make_job(), make.make_job(make.make_spec("Other"))
    assert stranger.post(f"/notes/job/{job.pk}/", {"note": "x"}).status_code == 403
    writer = make.make_user("writer", "add_note", "view_note", "change_note")
    make.grant(writer, "view", Job, {"name": job.name})
    browser = browser_of(writer)
    assert browser.post(f"/notes/job/{job.pk}/", {"note": "seen"}).status_code == 302
    assert browser.post(f"/notes/job/{other.pk}/", {"note": "x"}).status_code == 404
    assert browser.post(f"/notes/user/{writer.pk}/", {"note": "x"}).status_code == 404
    assert browser.get(f"/notes/job/{job.pk}/").status_code == 405
    hidden = Note.objects.create(
        assigned_object_type=Note.objects.get().assigned_object_type,
        assigned_object_id=other.pk,
        note="hidden",
    )
    assert browser.get(f"/notes/{hidden.pk}/").status_code == 404
    assert browser.post(f"/notes/{Note.objects.get(note='seen').pk}/delete/").status_code == 403
    looker = browser_of(make.make_user("looker", "view_job"))
    assert "seen" not in looker.get(job.get_absolute_url()).content.decode()


def test_tags_are_set_on_the_edit_page_and_those_out_of_sight_stay(admin):
    job = make.make_job()
    red, blue, hidden = (Tag.objects.create(name=name) for name in ("red", "blue", "hidden"))
    job.tags.set([red, hidden])
    editor = make.make_user("editor", "view_job", "change_job")
    make.grant(editor, "view", Tag, [{"name": "red"}, {"name": "blue"}])
    browser = browser_of(editor)
    address = reverse("jobsmith:job_edit", args=[job.pk])
    assert ">hidden<" not in browser.get(address).content.decode()
    assert browser.post(address, {"enabled": "on", "tags": [blue.pk]}).status_code == 302
    assert set(job.tags.all()) == {blue, hidden}
    page = browser.get(job.get_absolute_url()).content.decode()
    assert 'fill="#9e9e9e"' in page


# The explorer


def test_the_explorer_holds_a_saved_query_and_sends_to_the_door(client):
    saved = GraphQLQuery.objects.create(name="Mine", query="{ tags { id } }", variables={"n": 1})
    page = client.get("/graphql/").content.decode()
    assert f'action="{reverse("jobsmith-graphql:graphql")}"' in page
    assert f'href="?query={saved.pk}"' in page
    page = client.get(f"/graphql/?query={saved.pk}").content.decode()
    assert "{ tags { id } }" in page
    assert "&quot;n&quot;: 1" in page
    assert f'formaction="/graphql/queries/{saved.pk}/"' in page
    assert client.get("/graphql/?query=nonsense").status_code == 404


def test_the_form_of_the_explorer_works_without_scripts(client):
    make.make_job()
    answer = client.post("/api/graphql/", {"query": "{ jobs { name } }", "variables": ""})
    assert json.loads(answer.content) == {"data": {"jobs": [{"name": "Ping"}]}}


def test_a_query_is_kept_from_the_explorer(client):
    sent = {"name": "Kept", "query": "{ jobs { name } }", "variables": '{"n": 2}'}
    answer = client.post("/graphql/queries/add/", sent)
    saved = GraphQLQuery.objects.get()
    assert answer["Location"] == f"/graphql/?query={saved.pk}"
    assert saved.variables == {"n": 2}
    client.post(f"/graphql/queries/{saved.pk}/", sent | {"query": "{ tags { id } }"})
    saved.refresh_from_db()
    assert saved.query == "{ tags { id } }"


def test_saved_queries_take_their_own_right(stranger):
    saved = GraphQLQuery.objects.create(name="Mine", query="{ tags { id } }")
    page = stranger.get("/graphql/").content.decode()
    assert "Mine" not in page
    assert "Keep this query" not in page
    assert stranger.get(f"/graphql/?query={saved.pk}").status_code == 403


# The rail


def test_the_rail_shows_only_places_that_one_may_go_to(client, stranger):
    page = client.get("/").content.decode()
    for path in ("access/users", "access/audit", "queues", "tags", "graphql"):
        assert f'href="/{path}/"' in page
    page = stranger.get("/").content.decode()
    assert "Administration" not in page
    some = make.make_user("some")
    make.grant(some, "view", get_user_model())
    make.grant(some, "view", ObjectChange)
    page = browser_of(some).get("/").content.decode()
    rail = page.split('aria-label="Administration"')[1].split("</nav>")[0]
    assert rail.count("<a ") == 2
    assert 'href="/account/"' in page
