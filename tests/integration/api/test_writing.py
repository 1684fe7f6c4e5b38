"""Writes: one at a time, in bulk, refused by field, noted in the trail."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from rest_framework.test import APIClient

from jobsmith.actions.tokens import create_token
from jobsmith.models import (
    GitRepository,
    GraphQLQuery,
    Job,
    JobQueue,
    JobQueueAssignment,
    JobResult,
    Note,
    ObjectChange,
    ObjectPermission,
    Tag,
    Token,
)
from tests.integration.api.conftest import client_of
from tests.support.factories import grant, make_admin, make_job, make_result, make_spec, make_user

pytestmark = pytest.mark.django_db
EXTRAS, USERS = "/api/extras/", "/api/users/"
MISSING = "00000000-0000-0000-0000-000000000000"


def post(client: APIClient, path: str, body: Any) -> Any:
    return client.post(path, body, format="json")


@pytest.mark.parametrize(
    ("path", "body", "change"),
    [
        ("extras/job-queues/", {"name": "fast", "queue_type": "celery"}, {"description": "x"}),
        ("extras/tags/", {"name": "red", "color": "ff0000"}, {"content_types": ["extras.job"]}),
        ("extras/graphql-queries/", {"name": "q", "query": "{ jobs { name } }"}, {"name": "r"}),
        ("users/groups/", {"name": "team"}, {"name": "other"}),
        ("users/users/", {"username": "zoe"}, {"first_name": "Zoe"}),
        (
            "users/permissions/",
            {"name": "p", "object_types": ["extras.job"], "actions": ["view"]},
            {"constraints": {"name": "x"}},
        ),
        ("users/tokens/", {"description": "laptop"}, {"write_enabled": False}),
    ],
)
def test_each_record_is_created_read_changed_and_deleted(
    admin: APIClient, path: str, body: Any, change: Any
) -> None:
    made = post(admin, f"/api/{path}", body)
    assert made.status_code == 201, made.content
    url = made["Location"]
    assert url.endswith(f"/api/{path}{made.json()['id']}/")
    assert admin.get(url).json()["display"]
    assert admin.get(f"/api/{path}?limit=1").json()["count"] >= 1
    changed = admin.patch(url, change, format="json")
    assert changed.status_code == 200, changed.content
    assert changed.json().items() >= change.items()
    assert admin.delete(url).status_code == 204
    assert admin.get(url).status_code == 404
    actions = ObjectChange.objects.filter(changed_object_id=str(made.json()["id"]))
    assert sorted(actions.values_list("action", flat=True)) == ["create", "delete", "update"]


def test_bulk_writes_answer_bare_lists_and_skip_unknown_ids(admin: APIClient) -> None:
    url = f"{EXTRAS}job-queues/"
    made = post(admin, url, [{"name": n, "queue_type": "celery"} for n in ("a", "b", "c")])
    assert (made.status_code, [each["name"] for each in made.json()]) == (201, ["a", "b", "c"])
    ids = [each["id"] for each in made.json()]
    edits = [{"id": key, "description": "same"} for key in (*ids, MISSING, "no-key")]
    changed = admin.patch(url, edits, format="json")
    assert changed.status_code == 200
    assert [each["description"] for each in changed.json()] == ["same"] * 3
    gone = admin.delete(url, [{"id": key} for key in (*ids, MISSING)], format="json")
    assert (gone.status_code, gone.content) == (204, b"")
    assert not JobQueue.objects.filter(pk__in=ids).exists()


@pytest.mark.parametrize("body", [{}, [], [1], [{"name": "x"}], "x", None, [{"id": ""}]])
def test_a_bad_bulk_body_is_a_400(admin: APIClient, body: Any) -> None:
    for method in (admin.put, admin.patch, admin.delete):
        assert method(f"{EXTRAS}job-queues/", body, format="json").status_code == 400


@pytest.mark.parametrize("key", [[None], {"a": 1}, True, 1.5])
def test_an_id_of_a_bulk_method_that_cannot_be_one_is_a_400(admin: APIClient, key: Any) -> None:
    answer = admin.delete(f"{EXTRAS}tags/", [{"id": key}], format="json")
    assert (answer.status_code, list(answer.json())) == (400, ["id"])


def test_a_number_too_large_for_the_database_is_an_unknown_id(admin: APIClient) -> None:
    answer = admin.delete(f"{USERS}groups/", [{"id": 10**30}], format="json")
    assert answer.status_code == 204


def test_a_bulk_write_is_all_or_nothing(admin: APIClient) -> None:
    url = f"{EXTRAS}job-queues/"
    refused = post(admin, url, [{"name": "a", "queue_type": "celery"}, {"name": ""}])
    assert refused.status_code == 400
    assert not JobQueue.objects.filter(name="a").exists()
    assert not ObjectChange.objects.filter(object_label="jobsmith.jobqueue").exists()
    job = make_job()
    free = JobQueue.objects.create(name="free")
    body = [{"id": str(free.pk)}, {"id": str(job.default_job_queue_id)}]
    kept = admin.delete(url, body, format="json")
    assert kept.status_code == 409
    assert kept.json()["detail"].startswith("Unable to delete object. 1 dependent objects")
    assert JobQueue.objects.filter(pk=free.pk).exists()


def test_read_only_fields_stay_as_they_are(admin: APIClient) -> None:
    job = make_job()
    before = Job.objects.filter(pk=job.pk).values().get()
    body = {
        **{"id": MISSING, "module_name": "x", "job_class_name": "x", "installed": False},
        **{"read_only": True, "supports_dryrun": True, "declared": {}, "overridden": ["name"]},
        **{"source": "git", "source_key": "x", "created": None, "is_job_hook_receiver": True},
    }
    assert admin.patch(f"{EXTRAS}jobs/{job.pk}/", body, format="json").status_code == 200
    after = Job.objects.filter(pk=job.pk).values().get()
    before.pop("last_updated"), after.pop("last_updated")
    assert after == before


def test_jobs_are_edited_in_bulk_and_deleted(admin: APIClient) -> None:
    one, two = make_job(make_spec("One")), make_job(make_spec("Two"))
    run = make_result(one)
    edits = [{"id": str(job.pk), "enabled": False} for job in (one, two)]
    assert admin.patch(f"{EXTRAS}jobs/", edits, format="json").status_code == 200
    assert not Job.objects.filter(enabled=True).exists()
    refused = admin.patch(
        f"{EXTRAS}jobs/", [{"id": str(one.pk), "grouping": "Other"}], format="json"
    )
    assert (refused.status_code, list(refused.json())) == (400, ["grouping"])
    assert admin.delete(f"{EXTRAS}jobs/{one.pk}/").status_code == 204
    assert admin.delete(f"{EXTRAS}jobs/", [{"id": str(two.pk)}], format="json").status_code == 204
    assert JobResult.objects.get(pk=run.pk).job_model is None


def test_tags_are_given_by_name_or_id_and_filter(admin: APIClient) -> None:
    job, other = make_job(make_spec("One")), make_job(make_spec("Two"))
    red = Tag.objects.create(name="red")
    url = f"{EXTRAS}jobs/{job.pk}/"
    for spelling in ("red", str(red.pk), {"name": "red"}, {"id": str(red.pk)}):
        shown = admin.patch(url, {"tags": [spelling]}, format="json").json()["tags"]
        assert [each["id"] for each in shown] == [str(red.pk)]
    assert admin.patch(url, {"tags": ["blue"]}, format="json").json() == {
        "tags": {"0": ["Related object not found: blue"]}
    }
    found = admin.get(f"{EXTRAS}jobs/?tags=red").json()
    assert (found["count"], found["results"][0]["id"]) == (1, str(job.pk))
    assert admin.get(f"{EXTRAS}jobs/?tags__n=red").json()["results"][0]["id"] == str(other.pk)


def test_notes_are_written_below_a_record_and_read_in_both_places(admin: APIClient) -> None:
    job = make_job()
    url = f"{EXTRAS}jobs/{job.pk}/notes/"
    made = post(admin, url, {"note": "Runs **twice** a day."})
    assert made.status_code == 201, made.content
    assert made.json()["assigned_object"]["id"] == str(job.pk)
    assert made.json()["user_name"] == "admin"
    assert admin.get(url).json()["results"][0]["note"] == "Runs **twice** a day."
    assert admin.get(f"{EXTRAS}notes/").json()["count"] == 1
    assert post(admin, url, {"note": ""}).status_code == 400
    assert post(admin, f"{EXTRAS}notes/", {"note": "x"}).status_code == 405
    reader = client_of(make_user("olga", "view_note"))
    assert reader.get(f"{EXTRAS}notes/").json()["count"] == 0, "the job is out of reach"
    assert Note.objects.count() == 1


def test_assignments_need_the_flag_and_keep_the_default(admin: APIClient) -> None:
    job, fast = make_job(), JobQueue.objects.create(name="fast")
    body = {"job": str(job.pk), "job_queue": "fast"}
    url = f"{EXTRAS}job-queue-assignments/"
    refused = post(admin, url, body)
    assert refused.status_code == 400
    assert "job_queues_override" in refused.json()["job"][0]
    admin.patch(f"{EXTRAS}jobs/{job.pk}/", {"job_queues_override": True}, format="json")
    made = post(admin, url, body)
    assert (made.status_code, made.json()["display"]) == (201, "Ping: celery: fast")
    assert post(admin, url, body).status_code == 400, "twice"
    assert admin.get(f"{url}?job=Ping&job_queue=fast").json()["count"] == 1
    default = JobQueueAssignment.objects.get(job=job, job_queue=job.default_job_queue)
    assert admin.delete(f"{url}{default.pk}/").status_code == 400
    assert admin.delete(f"{url}{made.json()['id']}/").status_code == 204
    assert fast not in job.job_queues.all()


def test_constraints_that_make_no_sense_are_refused(admin: APIClient) -> None:
    body = {"name": "p", "object_types": ["extras.job"], "actions": ["view"]}
    for constraints in ({"nonsense": 1}, [{"name": "x"}, {"enabled": "perhaps"}], "x", [1]):
        refused = post(admin, f"{USERS}permissions/", {**body, "constraints": constraints})
        assert (refused.status_code, list(refused.json())) == (400, ["constraints"])
    for actions in ([], ["a b"], ["<script>"]):
        refused = post(admin, f"{USERS}permissions/", {**body, "actions": actions})
        assert (refused.status_code, list(refused.json())) == (400, ["actions"])
    assert not ObjectPermission.objects.exists()
    unknown = post(admin, f"{USERS}permissions/", {**body, "object_types": ["extras.nothing"]})
    assert unknown.status_code == 400


def test_a_permission_granted_here_holds_at_once(admin: APIClient) -> None:
    user = make_user()
    client = client_of(user)
    one, _ = make_job(make_spec("One")), make_job(make_spec("Two"))
    assert client.get(f"{EXTRAS}jobs/").status_code == 403
    body = {
        "name": "p",
        "object_types": ["extras.job"],
        "actions": ["view"],
        "users": ["olga"],
        "constraints": {"name": "One"},
    }
    assert post(admin, f"{USERS}permissions/", body).status_code == 201
    names = [each["name"] for each in client.get(f"{EXTRAS}jobs/").json()["results"]]
    assert names == ["One"]
    assert client.get(f"{EXTRAS}jobs/{one.pk}/").status_code == 200


def test_only_superusers_make_and_change_superusers(admin: APIClient) -> None:
    boss = get_user_model()._default_manager.get(username="admin")
    user = make_user("helen")
    for action in ("view", "add", "change", "delete"):
        grant(user, action, get_user_model())
    helen = client_of(get_user_model()._default_manager.get(username="helen"))
    assert post(helen, f"{USERS}users/", {"username": "zoe", "is_superuser": True}).status_code == (
        400
    )
    made = post(helen, f"{USERS}users/", {"username": "zoe", "password": "correct horse battery"})
    assert made.status_code == 201
    assert "password" not in made.json()
    assert (
        get_user_model()
        ._default_manager.get(username="zoe")
        .check_password("correct horse battery")
    )
    url = f"{USERS}users/{boss.pk}/"
    assert helen.patch(url, {"password": "correct horse battery"}, format="json").status_code == 400
    assert helen.patch(url, {"is_active": False}, format="json").status_code == 400
    assert helen.delete(url).status_code == 400
    weak = post(admin, f"{USERS}users/", {"username": "weak", "password": "123"})
    assert (weak.status_code, list(weak.json())) == (400, ["password"])
    assert admin.delete(url).status_code == 400, "nobody deletes themselves"


def test_a_program_gets_its_first_token_by_name_and_password() -> None:
    make_user()
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Basic b2xnYTpwdw==")
    made = post(client, f"{USERS}tokens/", {"description": "script"})
    assert made.status_code == 201
    text = made.json()["key"]
    assert APIClient(HTTP_AUTHORIZATION=f"Token {text}").get("/api/").status_code == 200
    later = client.get(f"{USERS}tokens/").json()["results"]
    assert [each["key"] for each in later] == [text.partition(".")[0]], "shown once"
    client.credentials(HTTP_AUTHORIZATION="Basic b2xnYTp3cm9uZw==")
    assert client.get(f"{USERS}tokens/").status_code == 403


def test_tokens_of_others_are_out_of_reach() -> None:
    olga, boss = make_user(), make_admin()
    mine, theirs = client_of(olga), client_of(boss)
    foreign = Token.objects.get(user=boss)
    assert mine.get(f"{USERS}tokens/").json()["count"] == 1
    assert mine.get(f"{USERS}tokens/{foreign.pk}/").status_code == 404
    assert mine.delete(f"{USERS}tokens/{foreign.pk}/").status_code == 404
    assert post(mine, f"{USERS}tokens/", {"user": "admin"}).status_code in (400, 403)
    assert theirs.get(f"{USERS}tokens/").json()["count"] == 2
    assert theirs.delete(f"{USERS}tokens/{Token.objects.get(user=olga).pk}/").status_code == 204


def test_the_trail_is_read_and_never_written(admin: APIClient) -> None:
    job = make_job()
    admin.patch(f"{EXTRAS}jobs/{job.pk}/", {"enabled": False}, format="json")
    url = f"{EXTRAS}object-changes/?changed_object_type=extras.job"
    found = admin.get(url).json()
    assert found["count"] == 1
    change = found["results"][0]
    assert change["action"] == {"value": "update", "label": "Updated"}
    assert (change["change_context"], change["change_context_detail"]) == (
        "web",
        "extras-api:job-detail",
    )
    assert change["changed_object"]["id"] == str(job.pk)
    assert admin.get(f"{EXTRAS}object-changes/?changed_object_type=jobsmith.job").json() == (
        found | {"next": None}
    )
    for method in (admin.post, admin.put, admin.patch, admin.delete):
        assert method(f"{EXTRAS}object-changes/", {}, format="json").status_code == 405
        assert method(change["url"], {}, format="json").status_code == 405


def test_everything_needs_its_right() -> None:
    client = client_of(make_user())
    for path in (
        *("extras/tags/", "extras/notes/", "extras/graphql-queries/", "extras/object-changes/"),
        *("extras/job-queue-assignments/", "users/groups/", "users/permissions/", "users/users/"),
    ):
        assert client.get(f"/api/{path}").status_code == 403, path
        assert post(client, f"/api/{path}", {}).status_code in (403, 405), path
    assert Group.objects.count() == GraphQLQuery.objects.count() == 0


@pytest.mark.parametrize("word", ["is_staff", "is_superuser"])
def test_only_superusers_make_staff_and_superusers(admin: APIClient, word: str) -> None:
    users = get_user_model()
    olga = make_user("olga")
    for action in ("view", "add", "change"):
        grant(olga, action, users)
    client = client_of(users._default_manager.get(pk=olga.pk))
    for answer in (
        client.patch(f"/api/users/users/{olga.pk}/", {word: True}, format="json"),
        post(client, "/api/users/users/", {"username": "zoe", word: True}),
    ):
        assert (answer.status_code, list(answer.json())) == (400, [word])
    same = client.patch(f"/api/users/users/{olga.pk}/", {word: False}, format="json")
    assert same.status_code == 200, same.content
    made = admin.patch(f"/api/users/users/{olga.pk}/", {word: True}, format="json")
    assert (made.status_code, made.json()[word]) == (200, True)


def assignment_of(job: Job, queue: JobQueue) -> str:
    row = JobQueueAssignment.objects.get(job=job, job_queue=queue)
    return f"{EXTRAS}job-queue-assignments/{row.pk}/"


def test_a_moved_assignment_keeps_the_rules_of_a_new_one(admin: APIClient) -> None:
    held, following = make_job(), make_job(make_spec("Two"))
    fast = JobQueue.objects.create(name="fast")
    assert held.default_job_queue is not None
    follows = admin.patch(
        assignment_of(held, held.default_job_queue), {"job_queue": "fast"}, format="json"
    )
    assert follows.status_code == 400
    assert "job_queues_override" in follows.json()["job"][0]
    flag = {"job_queues_override": True, "job_queues": [fast.pk]}
    assert admin.patch(f"{EXTRAS}jobs/{held.pk}/", flag, format="json").status_code == 200
    default = admin.patch(
        assignment_of(held, held.default_job_queue), {"job_queue": "slow"}, format="json"
    )
    assert default.status_code == 400
    JobQueue.objects.create(name="slow")
    for body, field in (({"job_queue": "slow"}, "job_queue"), ({"job": str(following.pk)}, "job")):
        where = held.default_job_queue if field == "job_queue" else fast
        refused = admin.patch(assignment_of(held, where), body, format="json")
        assert refused.status_code == 400, refused.content
        assert field in refused.json()
    moved = admin.patch(assignment_of(held, fast), {"job_queue": "slow"}, format="json")
    assert moved.status_code == 200, moved.content
    names = held.job_queues.values_list("name", flat=True)
    assert set(names) == {held.default_job_queue.name, "slow"}


def test_an_id_in_a_bulk_body_may_be_spelt_in_any_way(admin: APIClient) -> None:
    queue = JobQueue.objects.create(name="fast")
    group = Group.objects.create(name="team")
    spelt = str(queue.pk).upper()
    changed = admin.patch(
        f"{EXTRAS}job-queues/", [{"id": spelt, "description": "x"}], format="json"
    )
    assert changed.status_code == 200, changed.content
    assert [each["description"] for each in changed.json()] == ["x"]
    gone = admin.delete(f"{EXTRAS}job-queues/", [{"id": spelt.replace("-", "")}], format="json")
    assert gone.status_code == 204
    assert not JobQueue.objects.filter(pk=queue.pk).exists()
    numbered = admin.patch(
        f"{USERS}groups/", [{"id": f"0{group.pk}", "name": "crew"}], format="json"
    )
    assert numbered.status_code == 200, numbered.content
    assert Group.objects.get(pk=group.pk).name == "crew"


@pytest.mark.parametrize("constraints", [[], "", 0, False, [[]], ["x"]])
def test_constraints_that_are_none_are_refused(admin: APIClient, constraints: Any) -> None:
    body = {"name": "p", "object_types": ["extras.job"], "actions": ["view"]}
    made = post(admin, f"{USERS}permissions/", {**body, "constraints": constraints})
    assert made.status_code == 400, made.content
    assert "constraints" in made.json()


def test_it_takes_the_right_to_a_group_to_put_somebody_into_it(admin: APIClient) -> None:
    users, olga = get_user_model(), make_user("olga")
    powerful, open_to_her = Group.objects.create(name="root"), Group.objects.create(name="crew")
    for action in ("view", "add", "change"):
        grant(olga, action, users)
    grant(olga, "view", Group)
    grant(olga, "change", Group, {"name": "crew"})
    olga.groups.add(powerful)
    client = client_of(users._default_manager.get(pk=olga.pk))
    mine = f"{USERS}users/{olga.pk}/"
    for answer in (
        client.patch(mine, {"groups": []}, format="json"),
        post(client, f"{USERS}users/", {"username": "zoe", "groups": ["root"]}),
    ):
        assert (answer.status_code, list(answer.json())) == (400, ["groups"]), answer.content
    joined = client.patch(mine, {"groups": ["root", "crew"]}, format="json")
    assert joined.status_code == 200, joined.content
    assert set(olga.groups.all()) == {powerful, open_to_her}


def test_the_last_superuser_stays_one(admin: APIClient) -> None:
    users = get_user_model()._default_manager
    boss = users.get(is_superuser=True)
    mine = f"{USERS}users/{boss.pk}/"
    for change in ({"is_active": False}, {"is_superuser": False}):
        refused = admin.patch(mine, change, format="json")
        assert refused.status_code == 400, refused.content
        assert "last superuser" in str(refused.json())
    make_admin("second")
    assert admin.patch(mine, {"is_superuser": False}, format="json").status_code == 200


def test_a_query_that_cannot_be_read_is_not_kept(admin: APIClient) -> None:
    for text in ("{ jobs { ", "jobs", "{" * 3_000):
        made = post(admin, f"{EXTRAS}graphql-queries/", {"name": "q", "query": text})
        assert (made.status_code, list(made.json())) == (400, ["query"]), made.content
    kept = post(admin, f"{EXTRAS}graphql-queries/", {"name": "q", "query": "{ jobs { name } }"})
    address = f"{EXTRAS}graphql-queries/{kept.json()['id']}/"
    assert admin.patch(address, {"query": "{"}, format="json").status_code == 400
    assert admin.patch(address, {"name": "r"}, format="json").status_code == 200


def test_an_owner_may_name_oneself_without_any_right() -> None:
    ann, other = make_user("ann"), make_user("other")
    client = client_of(ann)
    assert post(client, f"{USERS}tokens/", {"user": ann.pk}).status_code == 201
    assert post(client, f"{USERS}tokens/", {"user": "ann"}).status_code == 201
    assert post(client, f"{USERS}tokens/", {"user": other.pk}).status_code == 400


def test_a_job_whose_code_is_gone_tells_no_inputs(admin: APIClient) -> None:
    job = make_job(installed=False)
    for part in ("variables", "schema"):
        assert admin.get(f"{EXTRAS}jobs/{job.pk}/{part}/").status_code == 404
    Job.objects.update(installed=True)
    for part in ("variables", "schema"):
        assert admin.get(f"{EXTRAS}jobs/{job.pk}/{part}/").status_code == 200


@pytest.mark.parametrize(
    "limit",
    [{"expires": timezone.now() + timedelta(days=1)}, {"allowed_networks": ["127.0.0.0/8"]}],
)
def test_a_token_that_is_limited_makes_no_better_one(limit: Any) -> None:
    ann = make_user("ann")
    token, text = create_token(ann, **limit)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {text}")
    mine = f"{USERS}tokens/{token.pk}/"
    for answer in (
        post(client, f"{USERS}tokens/", {}),
        client.patch(mine, {"expires": None, "allowed_networks": []}, format="json"),
    ):
        assert answer.status_code == 403
        assert "limited" in answer.json()["detail"]
    assert client.delete(mine).status_code == 204, "it may always end itself"


def test_records_out_of_sight_stay_in_a_list_that_is_written() -> None:
    olga = make_user("olga", "change_jobqueue", "view_jobqueue", "change_job", "view_job")
    seen, hidden = (Tag.objects.create(name=name) for name in ("seen", "hidden"))
    grant(olga, "view", Tag, {"name": "seen"})
    queue, job = JobQueue.objects.create(name="q"), make_job()
    for path, row in (("job-queues", queue), ("jobs", job)):
        row.tags.set([seen, hidden])
        answer = client_of(olga).patch(f"{EXTRAS}{path}/{row.pk}/", {"tags": []}, format="json")
        assert answer.status_code == 200, answer.content
        assert list(row.tags.all()) == [hidden]


@pytest.mark.parametrize("path", ["job-queues", "jobs", "git-repositories"])
def test_a_tag_is_set_on_its_kinds_of_record_only(admin: APIClient, path: str) -> None:
    make_job()
    GitRepository.objects.create(name="g", slug="g", remote_url="https://git.test/g")
    JobQueue.objects.get_or_create(name="default")
    notes = Tag.objects.create(name="notes")
    notes.content_types.set([ContentType.objects.get_for_model(Note)])
    url = f"{EXTRAS}{path}/{admin.get(f'{EXTRAS}{path}/').json()['results'][0]['id']}/"
    refused = admin.patch(url, {"tags": ["notes"]}, format="json")
    assert refused.status_code == 400
    assert refused.json()["tags"][0].startswith("The tag notes is not for ")
    notes.content_types.clear()
    assert admin.patch(url, {"tags": ["notes"]}, format="json").status_code == 200
    notes.content_types.set([ContentType.objects.get_for_model(Note)])
    assert admin.patch(url, {"tags": ["notes"]}, format="json").status_code == 200


@pytest.mark.parametrize("body", [{"tags": ["x"] * 1001}, {"tags": [{"id": MISSING}] * 1001}])
def test_a_list_in_a_body_is_counted_before_it_is_looked_up(
    admin: APIClient, body: Any, django_assert_max_num_queries: Any
) -> None:
    queue = JobQueue.objects.create(name="q")
    with django_assert_max_num_queries(20):
        answer = admin.patch(f"{EXTRAS}job-queues/{queue.pk}/", body, format="json")
    assert answer.status_code == 400
    assert answer.json() == {"tags": ["Send 1,000 items at most; these are 1,001."]}
