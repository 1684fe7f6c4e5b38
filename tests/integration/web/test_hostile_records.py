"""What records, people, tags, notes and changes are called stays text on the pages about them."""

from collections.abc import Iterator

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone

from jobsmith.models import (
    GraphQLQuery,
    Job,
    JobQueue,
    Note,
    ObjectChange,
    ObjectPermission,
    ScheduledJob,
    Tag,
    Token,
)
from tests.support import factories as make
from tests.support.hostile import HTML, MARKDOWN, Shape, foreign_addresses, shape

pytestmark = pytest.mark.django_db
HARMLESS = "Some words"
Addresses = dict[str, str]


class Undone(Exception):
    """Takes back what one text made."""


def make_people(text: str) -> Addresses:
    group = Group.objects.create(name=text[:150])
    user = get_user_model().objects.create(
        username=text[:150], first_name=text[:150], last_name=text[:150], email=text[:254]
    )
    user.groups.add(group)
    token = Token.objects.create(
        user=user, key="k", secret_hash="x", description=text, allowed_networks=[text]
    )
    permission = ObjectPermission.objects.create(
        name=text[:100], description=text, actions=["view", text], constraints={text: text}
    )
    permission.object_types.add(ContentType.objects.get_for_model(Job))
    permission.users.add(user)
    permission.groups.add(group)
    rows = {"users": user, "groups": group, "permissions": permission, "tokens": token}
    found = {}
    for kind, row in rows.items():
        for path in ("", f"{row.pk}/", f"{row.pk}/delete/"):
            found[f"{kind} {path.count('/')}"] = f"/access/{kind}/{path}"
    return found


def make_words(text: str, admin) -> Addresses:
    tag = Tag.objects.create(name=text, description=text)
    queue = JobQueue.objects.create(name=text, description=text)
    job = make.make_job(make.make_spec(text[:100]))
    Job.objects.filter(pk=job.pk).update(default_job_queue=queue)
    job.job_queues.add(queue)
    query = GraphQLQuery.objects.create(name=text, query=text, variables={text: text})
    for row in (job, queue):
        row.tags.add(tag)
        Note.objects.create(
            assigned_object_type=ContentType.objects.get_for_model(row),
            assigned_object_id=row.pk,
            user_name=text[:150],
            note=text,
        )
    worker = make.make_worker(text)
    worker.name = text[:100]
    worker.save()
    ScheduledJob.objects.create(name=text, task="x", job_model=job, interval="daily")
    run = make.make_result(job, status="SUCCESS", date_done=timezone.now())
    note = Note.objects.first()
    return {
        "tags": "/tags/",
        "tag": f"/tags/{tag.pk}/",
        "queues": "/queues/",
        "queue": f"/queues/{queue.pk}/",
        "job": job.get_absolute_url(),
        "choose": "/?select=1",
        "edit": f"/jobs/{job.pk}/edit/",
        "edit many": f"/jobs/edit/?pk={job.pk}",
        "delete": f"/jobs/{job.pk}/delete/",
        "delete run": f"/runs/{run.pk}/delete/",
        "choose runs": "/runs/?select=1",
        "note": f"/notes/{note.pk}/",
        "explorer": f"/graphql/?query={query.pk}",
        "queries": "/graphql/queries/",
        "query": f"/graphql/queries/{query.pk}/",
    }


def make_changes(text: str) -> Addresses:
    change = ObjectChange.objects.create(
        user_name=text[:150],
        request_id="00000000-0000-4000-8000-000000000000",
        action="update",
        changed_object_type=ContentType.objects.get_for_model(Tag),
        object_label=text,
        changed_object_id=text[:64],
        change_context="web",
        change_context_detail=text,
        object_repr=text,
        before={text: text, "same": text, "list": [text], "gone": text},
        after={text: f"{text}!", "same": text, "list": [{text: text}], "gone": None},
    )
    return {"changes": "/access/audit/", "change": f"/access/audit/{change.pk}/"}


def shapes(client, admin, text: str) -> Iterator[tuple[str, Shape, list[str]]]:
    try:
        with transaction.atomic():
            found = make_people(text) | make_words(text, admin) | make_changes(text)
            for name, address in found.items():
                answer = client.get(address)
                assert answer.status_code == 200, (name, answer.status_code)
                page = answer.content.decode()
                yield name, shape(page), foreign_addresses(page)
            raise Undone
    except Undone:
        return


@pytest.mark.parametrize("text", [*HTML, *MARKDOWN[-3:]])
def test_a_page_has_the_same_tags_whatever_its_records_are_called(client, admin, text):
    lines = "\n".join([HARMLESS] * (text.count("\n") + 1))
    expected = {name: found for name, found, _ in shapes(client, admin, lines)}
    for name, found, foreign in shapes(client, admin, text):
        assert found == expected[name], name
        assert foreign == [], name


@pytest.mark.parametrize(
    "path",
    [
        "/access/users/?q=",
        "/queues/?q=",
        "/access/audit/?q=",
        "/access/audit/?user_name=",
        "/access/audit/?changed_object_type=",
        "/access/audit/?changed_object_id=",
        "/access/audit/?request_id=",
    ],
)
def test_what_was_asked_for_stays_text(client, path):
    address, _, name = path.rstrip("=").partition("?")
    expected = shape(client.get(address, {name: HARMLESS}).content.decode())
    for text in HTML:
        page = client.get(address, {name: text}).content.decode()
        assert shape(page) == expected, text
