"""Lists and forms of users, groups, permissions, tokens, queues, tags and saved queries."""

import html
import re

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from jobsmith.models import GraphQLQuery, Job, JobQueue, ObjectChange, ObjectPermission, Tag, Token
from tests.support import factories as make

pytestmark = pytest.mark.django_db

User = get_user_model()
KINDS = {
    "users": ("/access/users/", User),
    "groups": ("/access/groups/", Group),
    "permissions": ("/access/permissions/", ObjectPermission),
    "queues": ("/queues/", JobQueue),
    "tags": ("/tags/", Tag),
    "queries": ("/graphql/queries/", GraphQLQuery),
}


def browser_of(user) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def make_row(kind: str, name: str = "First"):
    return {
        "users": lambda: make.make_user(name),
        "groups": lambda: Group.objects.create(name=name),
        "permissions": lambda: ObjectPermission.objects.create(name=name, actions=["view"]),
        "queues": lambda: JobQueue.objects.create(name=name),
        "tags": lambda: Tag.objects.create(name=name),
        "queries": lambda: GraphQLQuery.objects.create(name=name, query="{ jobs { name } }"),
    }[kind]()


def good(kind: str) -> dict[str, object]:
    job = ContentType.objects.get_for_model(Job)
    return {
        "users": {"username": "second", "is_active": "on"},
        "groups": {"name": "second"},
        "permissions": {"name": "second", "object_types": [job.pk], "actions": ["view"]},
        "queues": {"name": "second", "queue_type": "celery"},
        "tags": {"name": "second", "color": "#AABBCC"},
        "queries": {"name": "second", "query": "{ jobs { id } }"},
    }[kind]


def errors_of(page: str) -> set[str]:
    """Names of the fields that the summary names."""
    summary = page.split('id="jsm-errors"')[1].split("</ul>")[0]
    return {part.split('"')[0] for part in summary.split('href="#id_')[1:]}


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_is_added_listed_found_changed_and_deleted(client, kind):
    address, model = KINDS[kind]
    assert client.post(f"{address}add/", good(kind)).status_code == 302
    name = "username" if kind == "users" else "name"
    row = model.objects.get(**{name: "second"})
    assert "second" in client.get(f"{address}?q=secon").content.decode()
    assert "No " in client.get(f"{address}?q=zzzz").content.decode()
    assert client.get(f"{address}{row.pk}/").status_code == 200
    assert client.post(f"{address}{row.pk}/", good(kind) | {name: "third"}).status_code == 302
    row.refresh_from_db()
    assert getattr(row, name) == "third"
    assert "third?" in client.get(f"{address}{row.pk}/delete/").content.decode()
    assert client.post(f"{address}{row.pk}/delete/").status_code == 302
    assert not model.objects.filter(pk=row.pk).exists()
    told = ObjectChange.objects.filter(changed_object_id=str(row.pk)).order_by("time")
    assert [each.action for each in told] == ["create", "update", "delete"]


@pytest.mark.parametrize("kind", KINDS)
def test_without_the_right_every_page_is_403_and_nothing_is_offered(stranger, kind):
    address, model = KINDS[kind]
    row = make_row(kind)
    count = model.objects.count()
    for path in (address, f"{address}add/", f"{address}{row.pk}/", f"{address}{row.pk}/delete/"):
        assert stranger.get(path).status_code == 403, path
        assert path == address or stranger.post(path, good(kind)).status_code == 403, path
    assert model.objects.count() == count
    assert f'href="{address}"' not in stranger.get("/").content.decode()


@pytest.mark.parametrize("kind", KINDS)
def test_records_out_of_reach_are_404_and_not_listed(db, kind):
    address, model = KINDS[kind]
    mine, other = make_row(kind, "mine-1"), make_row(kind, "other-2")
    user = make.make_user("olga")
    for right in ("view", "change", "delete"):
        make.grant(user, right, model, {"pk": str(mine.pk)})
    browser = browser_of(user)
    listed = browser.get(address).content.decode()
    assert "mine-1" in listed
    assert "other-2" not in listed
    for path in (f"{address}{other.pk}/", f"{address}{other.pk}/delete/"):
        assert browser.get(path).status_code == 404
        assert browser.post(path, good(kind)).status_code == 404
    for key in ("nonsense", "9" * 30, "%00", "-1", "1" * 5000):
        expected = 400 if key == "%00" else 404
        assert browser.get(f"{address}{key}/").status_code == expected, key
    assert browser.get(f"{address}{mine.pk}/").status_code == 200


@pytest.mark.parametrize("kind", KINDS)
def test_whoever_may_only_look_gets_no_button_and_cannot_save(db, kind):
    address, model = KINDS[kind]
    row = make_row(kind)
    user = make.make_user("lena")
    make.grant(user, "view", model)
    page = browser_of(user).get(f"{address}{row.pk}/").content.decode()
    assert ">Save</button>" not in page
    assert "disabled" in page
    assert "but not change it" in page
    assert browser_of(user).post(f"{address}{row.pk}/", good(kind)).status_code == 403


@pytest.mark.parametrize(
    ("kind", "sent", "fields"),
    [
        ("users", {"username": "a b"}, {"username"}),
        ("users", {"username": "taken"}, {"username"}),
        ("users", {"username": "weak", "password": "123"}, {"password"}),
        ("users", {"username": "x", "email": "no"}, {"email"}),
        ("groups", {"name": ""}, {"name"}),
        ("permissions", {"name": "x", "object_types": []}, {"object_types"}),
        ("permissions", {"name": "x"}, {"actions"}),
        ("permissions", {"name": "x", "actions": ["view"], "constraints": "{"}, {"constraints"}),
        ("permissions", {"name": "x", "actions": ["view"], "constraints": "3"}, {"constraints"}),
        (
            "permissions",
            {"name": "x", "actions": ["view"], "constraints": '{"colour": "red"}'},
            {"constraints"},
        ),
        ("permissions", {"name": "x", "more_actions": "no-word"}, {"actions"}),
        ("queues", {"name": "../etc", "queue_type": "celery"}, {"name"}),
        ("queues", {"name": "x", "queue_type": "carrier pigeon"}, {"queue_type"}),
        ("tags", {"name": "x", "color": "red"}, {"color"}),
        ("queries", {"name": "x", "query": ""}, {"query"}),
        ("queries", {"name": "x", "query": "{ a }", "variables": "{"}, {"variables"}),
    ],
)
def test_a_bad_value_is_refused_beside_its_field(client, kind, sent, fields):
    make.make_user("taken")
    address, model = KINDS[kind]
    if kind == "permissions":
        sent = {"object_types": [ContentType.objects.get_for_model(Job).pk]} | sent
    count = model.objects.count()
    answer = client.post(f"{address}add/", sent)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert errors_of(page) >= fields
    assert 'aria-invalid="true"' in page
    assert model.objects.count() == count


@pytest.mark.parametrize("text", ["x\x00y", "\u202e", "'; DROP TABLE x; --", "1" * 5000, "\ud7ff"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_text_breaks_a_page(client, kind, text):
    address, _ = KINDS[kind]
    asked = client.get(address, {"q": text, "page": text})
    assert asked.status_code == (400 if "\x00" in text else 200)
    sent = dict.fromkeys(("name", "username", "query", "color", "constraints", "variables"), text)
    assert client.post(f"{address}add/", good(kind) | sent).status_code in (302, 400)


@pytest.mark.parametrize("text", ['{"a": "\\u0000"}', '{"a": "\\ud800"}', "[" * 20_000, "NaN"])
def test_json_that_no_database_holds_is_refused_beside_its_field(client, text):
    for kind, field in (("permissions", "constraints"), ("queries", "variables")):
        answer = client.post(f"{KINDS[kind][0]}add/", good(kind) | {field: text})
        assert answer.status_code == 400
        assert errors_of(answer.content.decode()) == {field}


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_costs_the_same_however_long_it_is(client, kind):
    address, _ = KINDS[kind]

    def cost() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(address).status_code == 200
        return len(found)

    make_row(kind, "row-0")
    few = cost()
    for n in range(1, 30):
        make_row(kind, f"row-{n}")
    assert cost() == few <= 12


def test_a_list_goes_on_page_by_page(client):
    for n in range(55):
        Tag.objects.create(name=f"tag {n:02}")
    assert "tag 50" not in client.get("/tags/").content.decode()
    assert "tag 50" in client.get("/tags/?page=2").content.decode()


# Users


def test_a_new_user_can_sign_in_and_has_its_groups(client):
    group = Group.objects.create(name="ops")
    sent = {
        "username": "bernd",
        "password": "correct horse battery",
        "groups": [group.pk],
        "is_active": "on",
    }
    client.post("/access/users/add/", sent)
    user = User.objects.get(username="bernd")
    assert list(user.groups.all()) == [group]
    assert not user.is_superuser
    assert Client().login(username="bernd", password="correct horse battery")


def test_a_password_that_is_left_empty_stays(client):
    user = make.make_user("bernd")
    sent = {"username": "bernd", "is_active": "on", "password": ""}
    client.post(f"/access/users/{user.pk}/", sent)
    user.refresh_from_db()
    assert user.check_password("pw")


def test_an_administrator_who_changes_their_own_password_there_stays_signed_in(client, admin):
    sent = {"username": "ana", "password": "correct horse battery", "is_active": "on"}
    client.post(f"/access/users/{admin.pk}/", sent | {"is_superuser": "on"})
    assert client.get("/access/users/").status_code == 200


def test_only_a_superuser_makes_superusers(db):
    keeper = make.make_user("keeper")
    for right in ("view", "add", "change", "delete"):
        make.grant(keeper, right, User)
    browser = browser_of(keeper)
    browser.post("/access/users/add/", {"username": "x", "is_superuser": "on", "is_active": "on"})
    assert not User.objects.get(username="x").is_superuser
    boss = make.make_admin("boss")
    answer = browser.post(f"/access/users/{boss.pk}/", {"username": "boss2", "is_active": "on"})
    assert answer.status_code == 400
    assert "Only a superuser" in answer.content.decode()
    answer = browser.post(f"/access/users/{boss.pk}/delete/")
    assert answer.status_code == 400
    assert "Only a superuser" in answer.content.decode()


def test_nobody_deletes_themselves(client, admin):
    answer = client.post(f"/access/users/{admin.pk}/delete/")
    assert answer.status_code == 400
    assert "You cannot delete yourself." in answer.content.decode()


def test_a_deletion_that_would_be_refused_is_not_offered(client, admin):
    address = f"/access/users/{admin.pk}/"
    assert f'href="{address}delete/"' not in client.get(address).content.decode()
    page = client.get(f"{address}delete/").content.decode()
    assert "You cannot delete yourself." in page
    assert ">Delete</button>" not in page
    other = f"/access/users/{make.make_user('bernd').pk}/"
    assert f'href="{other}delete/"' in client.get(other).content.decode()
    assert ">Delete</button>" in client.get(f"{other}delete/").content.decode()


def test_a_superuser_is_not_offered_for_deletion_to_others(db):
    keeper, boss = make.make_user("keeper"), make.make_admin("boss")
    for right in ("view", "delete"):
        make.grant(keeper, right, User)
    page = browser_of(keeper).get(f"/access/users/{boss.pk}/").content.decode()
    assert f'href="/access/users/{boss.pk}/delete/"' not in page


def test_groups_that_the_editor_cannot_see_are_kept(db):
    seen, hidden = Group.objects.create(name="seen"), Group.objects.create(name="hidden")
    user = make.make_user("bernd")
    user.groups.set([seen, hidden])
    keeper = make.make_user("keeper")
    for right in ("view", "change"):
        make.grant(keeper, right, User)
        make.grant(keeper, right, Group, {"name": "seen"})
    browser = browser_of(keeper)
    assert ">hidden<" not in browser.get(f"/access/users/{user.pk}/").content.decode()
    browser.post(f"/access/users/{user.pk}/", {"username": "bernd", "is_active": "on"})
    assert [each.name for each in user.groups.all()] == ["hidden"]


def test_the_page_of_a_user_names_its_permissions(client):
    group = Group.objects.create(name="ops")
    user = make.make_user("bernd")
    user.groups.add(group)
    permission = make.grant(make.make_user("other"), "view", Job)
    permission.groups.add(group)
    page = client.get(f"/access/users/{user.pk}/").content.decode()
    assert f'href="/access/permissions/{permission.pk}/"' in page


# Permissions


def test_boxes_and_words_of_a_permission_are_one_list(client):
    job = ContentType.objects.get_for_model(Job)
    sent = {
        "name": "Mixed",
        "enabled": "on",
        "object_types": [job.pk],
        "actions": ["run"],
        "more_actions": "inspect, audit",
        "constraints": '[{"grouping": "Net"}, {"name": "Ping"}]',
    }
    assert client.post("/access/permissions/add/", sent).status_code == 302
    row = ObjectPermission.objects.get()
    assert row.actions == ["run", "inspect", "audit"]
    assert row.constraints == [{"grouping": "Net"}, {"name": "Ping"}]
    page = client.get(f"/access/permissions/{row.pk}/").content.decode()
    assert 'value="inspect, audit"' in page
    assert "&quot;grouping&quot;: &quot;Net&quot;" in page


def test_a_mistake_in_a_constraint_is_named_by_its_place(client):
    job = ContentType.objects.get_for_model(Job)
    sent = {"name": "x", "object_types": [job.pk], "actions": ["view"], "constraints": '{"a": }'}
    page = client.post("/access/permissions/add/", sent).content.decode()
    assert "line 1, column 7" in page
    assert "{&quot;a&quot;: }" in page  # what was typed is still there


def fields_of(page: str) -> dict[str, list[str]]:
    """What the form would send as it stands."""
    main = page.split('<form method="post"')[1].split("</form>")[0]
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="text" name="(\w+)" value="([^"]*)"', main):
        found[name] = [html.unescape(value)]
    for name, value in re.findall(r'name="(\w+)" value="(\w+)"[^>]* checked', main):
        found.setdefault(name, []).append(value)
    for name, options in re.findall(r'<select name="(\w+)".*?>(.*?)</select>', main, re.DOTALL):
        found[name] = re.findall(r'value="(\w+)" selected', options)
    [said] = re.findall(r'<textarea name="constraints".*?>(.*?)</textarea>', main, re.DOTALL)
    return found | {"constraints": [html.unescape(said).strip()], "enabled": ["on"]}


def test_people_are_let_run_one_job_from_its_page(client):
    job, other = make.make_job(), make.make_job(make.make_spec("Other"))
    page = client.get(job.get_absolute_url()).content.decode()
    [address] = re.findall(r'href="([^"]+)">Let people run this job', page)
    sent = fields_of(client.get(html.unescape(address)).content.decode())
    user = make.make_user("olga")
    assert client.post("/access/permissions/add/", sent | {"users": [user.pk]}).status_code == 302
    browser = browser_of(user)
    assert browser.get(f"{job.get_absolute_url()}run/").status_code == 200
    assert browser.get(f"{other.get_absolute_url()}run/").status_code == 404


@pytest.mark.parametrize("wanted", ["own-runs", "lines"])
def test_what_people_who_run_jobs_need_as_well_is_filled_in(client, wanted):
    assert f'href="?for={wanted}"' in client.get("/access/permissions/add/").content.decode()
    user = make.make_user("olga")
    sent = fields_of(client.get(f"/access/permissions/add/?for={wanted}").content.decode())
    assert client.post("/access/permissions/add/", sent | {"users": [user.pk]}).status_code == 302
    mine = make.make_result(user=user)
    other = make.make_result(mine.job_model)
    if wanted == "own-runs":
        page = browser_of(user).get("/runs/").content.decode()
        assert str(mine.pk) in page
        assert str(other.pk) not in page
    else:
        kinds = {each.model for each in ObjectPermission.objects.get().object_types.all()}
        assert kinds == {"joblogentry", "jobconsoleentry", "jobfile"}


def test_a_job_out_of_reach_fills_no_form(db):
    job, user = make.make_job(), make.make_user("olga")
    make.grant(user, "add", ObjectPermission)
    browser, address = browser_of(user), "/access/permissions/add/?for=run&job="
    assert browser.get(f"{address}{job.pk}").status_code == 403
    make.grant(user, "view", Job, {"name": "another"})
    for key in (job.pk, "0" * 32, "nonsense"):
        answer = browser.get(f"{address}{key}")
        assert answer.status_code == 404, key
        assert job.name not in answer.content.decode()


def test_who_may_not_grant_is_not_asked_to(db):
    job, user = make.make_job(), make.make_user("olga")
    make.grant(user, "view", Job)
    assert "Let people run" not in browser_of(user).get(job.get_absolute_url()).content.decode()


# Queues


def test_the_queues_name_their_workers_and_the_runs_that_wait(client):
    make.make_worker("fast")
    queue = JobQueue.objects.create(name="fast")
    make.make_result(job_queue=queue)
    page = client.get("/queues/").content.decode()
    row = page.split(f'href="/queues/{queue.pk}/"')[1].split("</tr>")[0]
    assert [each.split("<")[0] for each in row.split('<td class="num">')[1:]] == ["1", "1"]


def test_a_queue_that_a_job_needs_is_409_and_says_which(client):
    job = make.make_job()
    answer = client.post(f"/queues/{job.default_job_queue_id}/delete/")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "It is still needed." in page
    assert job.name in page
    assert JobQueue.objects.filter(pk=job.default_job_queue_id).exists()


# Tokens


def test_a_token_is_shown_once_and_never_again(client, admin):
    sent = {"description": "Nightly", "read_only": "on", "allowed_networks": "10.0.0.0/8\n::1/128"}
    answer = client.post("/access/tokens/add/", sent)
    page = answer.content.decode()
    row = Token.objects.get()
    text = page.split(f'value="jsm_{row.key}.')[1].split('"')[0]
    assert answer["Cache-Control"] == "no-store"
    assert (row.user, row.write_enabled, row.description) == (admin, False, "Nightly")
    assert row.allowed_networks == ["10.0.0.0/8", "::1/128"]
    asked = {"HTTP_AUTHORIZATION": f"Token jsm_{row.key}.{text}", "REMOTE_ADDR": "10.1.2.3"}
    assert Client().get("/api/extras/jobs/", **asked).status_code == 200
    for path in ("/account/", "/access/tokens/", f"/access/tokens/{row.pk}/"):
        assert text not in client.get(path).content.decode()


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"allowed_networks": "10.0.0.0/99"}, "allowed_networks"),
        ({"expires": "2001-01-01 00:00"}, "expires"),
        ({"expires": "tomorrow"}, "expires"),
        ({"description": "x" * 201}, "description"),
    ],
)
def test_a_bad_token_is_refused_beside_its_field(client, sent, field):
    answer = client.post("/access/tokens/add/", sent)
    assert answer.status_code == 400
    assert field in errors_of(answer.content.decode())
    assert not Token.objects.exists()


def test_everybody_looks_after_their_own_tokens_and_no_others(stranger, admin):
    stranger.post("/access/tokens/add/", {"description": "mine", "user": str(admin.pk)})
    mine = Token.objects.get()
    assert mine.user.username == "nobody"
    other = Token.objects.create(user=admin, key="k", secret_hash="x")
    assert "mine" in stranger.get("/account/").content.decode()
    assert stranger.get("/access/tokens/").status_code == 403
    assert stranger.get(f"/access/tokens/{other.pk}/").status_code == 404
    assert stranger.post(f"/access/tokens/{other.pk}/delete/").status_code == 404
    changed = {"description": "renamed"}
    assert stranger.post(f"/access/tokens/{mine.pk}/", changed).status_code == 302
    answer = stranger.post(f"/access/tokens/{mine.pk}/delete/")
    assert answer["Location"] == "/account/"
    assert list(Token.objects.all()) == [other]


def test_administrators_see_all_tokens_and_make_them_for_others(client):
    user = make.make_user("bernd")
    client.post("/access/tokens/add/", {"user": str(user.pk), "description": "for bernd"})
    assert Token.objects.get().user == user
    assert "for bernd" in client.get("/access/tokens/").content.decode()
    assert "for bernd" not in client.get("/account/").content.decode()
