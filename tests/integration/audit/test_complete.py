"""Nothing is missing in the trail: what cascades, what commands do, and who wanted a sync."""

from typing import Any, cast

import pytest
from click.testing import CliRunner
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from jobsmith.actions.create_administrator import create_first_administrator
from jobsmith.actions.delete_job import delete_job
from jobsmith.actions.delete_record import delete_record
from jobsmith.actions.delete_result import delete_result
from jobsmith.actions.tokens import create_token
from jobsmith.audit import snapshot
from jobsmith.catalog.records import upsert
from jobsmith.cli.main import main
from jobsmith.context import ChangeContext, in_context
from jobsmith.models import Job, JobFile, JobLogEntry, JobQueue, ObjectChange, Source
from jobsmith_server.inventory.models import Site
from tests.support.factories import make_admin, make_job, make_result, make_spec, make_user

pytestmark = pytest.mark.django_db


def trail(**wanted: Any) -> list[tuple[str, str]]:
    rows = ObjectChange.objects.filter(**wanted).order_by("time", "pk")
    return list(rows.values_list("object_label", "object_repr"))


def test_rows_that_go_along_with_a_record_are_noted() -> None:
    admin, job = make_admin(), make_job()
    assignment = job.job_queue_assignments.get()
    key = str(job.pk)
    delete_job(job, user=admin)
    assert trail(action="delete") == [
        ("jobsmith.jobqueueassignment", str(assignment)),
        ("jobsmith.job", "Ping"),
    ]
    along = ObjectChange.objects.get(object_label="jobsmith.jobqueueassignment")
    assert (along.user, along.related_object_id) == (admin, key)
    assert along.before is not None
    assert along.before["job"] == key


def test_tokens_of_a_deleted_user_are_noted_without_their_secrets() -> None:
    admin, olga = make_admin(), make_user()
    token, _ = create_token(olga)
    key = str(token.pk)
    delete_record(olga, user=admin)
    assert token.secret_hash
    gone = ObjectChange.objects.get(object_label="jobsmith.token", action="delete")
    assert gone.changed_object_id == key
    assert token.secret_hash not in str(gone.before)


def test_files_of_a_deleted_run_are_noted_and_its_lines_are_not_read() -> None:
    admin, run = make_admin(), make_result(status="SUCCESS")
    JobFile.objects.create(job_result=run, name="a.csv", size=1)
    now = timezone.now()
    JobLogEntry.objects.create(job_result=run, seq=1, message="line", created=now)
    with CaptureQueriesContext(connection) as sent:
        delete_result(run, user=admin)
    lines = [each["sql"] for each in sent if "jobsmith_joblogentry" in each["sql"]]
    assert [each.split()[0] for each in lines] == ["DELETE"]
    labels = [label for label, _ in trail(action="delete")]
    assert labels == ["jobsmith.jobfile", "jobsmith.jobresult"]


def test_an_administrator_made_by_a_command_is_noted_as_such(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Django's entry closes the connections, and with them a database in memory
    django = "jobsmith.cli.manage.execute_from_command_line"
    monkeypatch.setattr(django, lambda words: call_command(*words[1:]))
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "correct horse battery")
    words = ["createsuperuser", "--noinput", "--username", "boss", "--email", "b@example.com"]
    said = CliRunner().invoke(main, words)
    assert said.exit_code == 0, said.output
    made = ObjectChange.objects.get(action="create")
    assert (made.object_repr, made.user_name) == ("boss", "")
    assert (made.change_context, made.change_context_detail) == ("cli", "createsuperuser")
    assert "correct horse" not in str(made.after)


def test_the_first_administrator_is_noted() -> None:
    create_first_administrator("given")
    assert [name for _, name in trail(action="create")] == ["admin"]


def test_a_command_is_the_context_of_what_it_changes() -> None:
    make_user("olga")
    assert CliRunner().invoke(main, ["token", "create", "olga"]).exit_code == 0
    made = ObjectChange.objects.get(object_label="jobsmith.token")
    assert (made.change_context, made.change_context_detail) == ("cli", "token")
    make_job(enabled=False)
    assert ObjectChange.objects.count() == 1


def test_a_sync_is_made_for_whoever_asked_for_it() -> None:
    olga, source = make_user("olga"), Source.objects.create(key="git:x", kind="git")
    asked = ChangeContext(door="job", detail="sync.Job", actor=olga)
    JobQueue.objects.get_or_create(name="default")
    with in_context(asked):
        upsert(source, [make_spec("Ping")])
    made = ObjectChange.objects.get(object_label="jobsmith.job")
    assert (made.user, made.user_name, made.change_context) == (olga, "olga", "job")
    assert made.change_context_detail == "sync.Job: sync git:x"
    assert made.request_id == asked.request_id
    assert Job.objects.get().name == "Ping"


def test_a_user_of_a_request_is_a_record_like_others() -> None:
    """Django wraps the user of a session, and the wrapper is of no kind of record."""
    olga = make_user("olga")
    assert snapshot(cast(Any, SimpleLazyObject(lambda: olga))) == snapshot(olga)


def test_a_host_keeps_columns_of_its_own_out_of_the_trail(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site.objects.create(name="Hall", city="Berlin")
    assert snapshot(site)["city"] == "Berlin"
    settings.JOBSMITH = {**settings.JOBSMITH, "AUDIT_SECRET_FIELDS": ("inventory.Site.city",)}
    assert (snapshot(site)["city"], snapshot(site)["name"]) == ("(hidden)", "Hall")
    settings.JOBSMITH = {**settings.JOBSMITH, "AUDIT_SECRET_FIELDS": ()}
    monkeypatch.setattr(Site, "jobsmith_secret_fields", ("city",), raising=False)
    assert snapshot(site)["city"] == "(hidden)"
