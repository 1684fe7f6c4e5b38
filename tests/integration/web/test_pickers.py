"""Related records are searched for, offered in bounded numbers, and taken by name or key."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse

from jobsmith.inputs.picking import SHOWN
from jobsmith.models import Job, JobQueue, ObjectPermission, Tag
from jobsmith.specs import VariableSpec
from tests.support import factories as make

pytestmark = pytest.mark.django_db

User = get_user_model()


def found(client: Client, kind: str, words: str) -> list[str]:
    answer = client.get(reverse("jobsmith:related", args=[kind]), {"q": words})
    assert answer.status_code == 200
    return [each["text"] for each in answer.json()["results"]]


def many_groups() -> Group:
    """More than a page offers; the answer is the last of them."""
    Group.objects.bulk_create(Group(name=f"group {n:04}") for n in range(SHOWN + 5))
    return Group.objects.create(name="zebra")


def browser_of(user) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def test_the_best_match_comes_first(client):
    for name in ("a job team", "jobs", "job", "not it"):
        Group.objects.create(name=name)
    assert found(client, "groups", "JOB") == ["job", "jobs", "a job team"]


def test_an_answer_is_bounded_and_says_that_there_is_more(client):
    many_groups()
    answer = client.get(reverse("jobsmith:related", args=["groups"])).json()
    assert len(answer["results"]) == 50
    assert answer["more"] is True
    assert found(client, "groups", "zeb") == ["zebra"]


def test_only_what_the_caller_may_see_is_found(db):
    user = make.make_user("olga")
    mine, _ = Tag.objects.create(name="net one"), Tag.objects.create(name="net two")
    make.grant(user, "view", Tag, {"pk": str(mine.pk)})
    browser = browser_of(user)
    assert found(browser, "tags", "net") == ["net one"]
    assert browser.get(reverse("jobsmith:related", args=["groups"])).status_code == 403
    assert browser.get(reverse("jobsmith:related", args=["sessions"])).status_code == 404
    assert Client().get(reverse("jobsmith:related", args=["tags"])).status_code == 401


def test_no_secret_is_searched(client, admin):
    make.make_user("bernd")
    assert found(client, "users", admin.password[:12]) == []
    assert found(client, "users", "bern") == ["bernd"]


@pytest.mark.parametrize("words", ["%", "_", "'", "\\", "\u202e", "x" * 5000, "\ud7ff"])
def test_no_words_break_the_search(client, words):
    Group.objects.create(name="plain")
    assert found(client, "groups", words) == []


def test_a_form_offers_a_bounded_list_with_what_is_chosen(client):
    zebra = many_groups()
    user = make.make_user("bernd")
    user.groups.add(zebra)
    page = client.get(f"/access/users/{user.pk}/").content.decode()
    options = page.split('name="groups"')[1].split("</select>")[0]
    assert options.count("<option") == SHOWN + 1
    assert f'<option value="{zebra.pk}" selected>zebra</option>' in options
    assert 'data-remote="/objects/groups/"' in page
    assert 'name="_typed_groups"' in page.split("<noscript>")[1].split("</noscript>")[0]


def test_a_short_list_needs_no_text_field(client):
    Group.objects.create(name="ops")
    assert "_typed_groups" not in client.get("/access/users/add/").content.decode()


def test_a_record_is_taken_by_its_name_or_its_key(client):
    many_groups()
    first, second = Group.objects.get(name="zebra"), Group.objects.get(name="group 0203")
    third = Group.objects.first()
    sent = {"username": "bernd", "is_active": "on", "groups": [third.pk]}
    client.post("/access/users/add/", sent | {"_typed_groups": f" zebra, {second.pk},"})
    assert set(User.objects.get(username="bernd").groups.all()) == {first, second, third}


def test_a_name_out_of_reach_is_refused_like_one_that_is_unknown(db):
    Group.objects.create(name="hidden")
    seen = Group.objects.create(name="seen")
    keeper = make.make_user("keeper")
    for right in ("view", "add", "change"):
        make.grant(keeper, right, User)
    for right in ("view", "change"):
        make.grant(keeper, right, Group, {"name": "seen"})
    browser, sent = browser_of(keeper), {"username": "x", "is_active": "on"}
    said = []
    for name in ("hidden", "unknown"):
        answer = browser.post("/access/users/add/", sent | {"_typed_groups": name})
        assert answer.status_code == 400
        summary = answer.content.decode().split('id="jsm-errors"')[1].split("</ul>")[0]
        said.append(summary)
    assert said[0] == said[1]
    assert "not one of the available choices" in said[0]
    browser.post("/access/users/add/", sent | {"_typed_groups": "seen"})
    assert list(User.objects.get(username="x").groups.all()) == [seen]


def test_the_default_queue_of_a_job_may_be_typed(client):
    job = make.make_job()
    queue = JobQueue.objects.create(name="far away")
    sent = {"enabled": "on", "default_job_queue_override": "on"}
    address = reverse("jobsmith:job_edit", args=[job.pk])
    client.post(address, sent | {"_typed_default_job_queue": "far away"})
    job.refresh_from_db()
    assert job.default_job_queue == queue
    assert 'data-remote="/objects/queues/"' in client.get(address).content.decode()


def test_kinds_of_record_leave_out_what_takes_no_right(client):
    page = client.get("/access/permissions/add/").content.decode()
    kinds = page.split('name="object_types"')[1].split("</select>")[0]
    assert "(jobsmith.job)" in kinds
    assert "(inventory.site)" in kinds
    for machinery in ("sessions.", "contenttypes.", "auth.permission", "jobsmith.tally"):
        assert machinery not in kinds


def test_a_kind_that_is_not_offered_stays_where_it_is_chosen(client):
    row = ObjectPermission.objects.create(name="old", actions=["view"])
    odd = ContentType.objects.get(app_label="sessions", model="session")
    job = ContentType.objects.get_for_model(Job)
    row.object_types.add(odd)
    page = client.get(f"/access/permissions/{row.pk}/").content.decode()
    assert f'<option value="{odd.pk}" selected>' in page
    sent = {"name": "old", "object_types": [job.pk, odd.pk], "actions": ["view"]}
    assert client.post(f"/access/permissions/{row.pk}/", sent).status_code == 302
    assert set(row.object_types.all()) == {odd, job}


# Variables of jobs


@pytest.fixture
def job(db):
    variables = (
        VariableSpec(name="active", type="BooleanVar", default=True),
        VariableSpec(name="teams", type="MultiObjectVar", model="auth.group", required=False),
        VariableSpec(
            name="owner",
            type="ObjectVar",
            model=User._meta.label_lower,
            query_params={"is_active": "$active", "groups": "$teams"},
        ),
    )
    make.make_worker()
    return make.make_job(make.make_spec("Pick", *variables))


def owners(client: Client, job: Job, **said: object) -> list[str]:
    asked = {f"v_{name}": value for name, value in said.items()}
    answer = client.get("/objects/", {"job": str(job.pk), "variable": "owner", **asked})
    return [each["text"] for each in answer.json()["results"]]


def test_a_variable_that_depends_on_others_is_narrowed_by_all_that_they_say(client, job):
    one, two = Group.objects.create(name="one"), Group.objects.create(name="two")
    for name, group in (("first", one), ("second", two), ("third", None)):
        user = make.make_user(name)
        if group:
            user.groups.add(group)
    User.objects.filter(username="second").update(is_active=False)
    assert owners(client, job, teams=[one.pk, two.pk], active="True") == ["first"]
    assert owners(client, job, teams=[one.pk, two.pk], active="False") == ["second"]
    assert set(owners(client, job, active="True")) == {"ana", "first", "third"}


def test_a_typed_name_obeys_what_the_other_variables_say(client, job):
    one = Group.objects.create(name="one")
    inside, _ = make.make_user("inside"), make.make_user("outside")
    inside.groups.add(one)
    address = reverse("jobsmith:job_run", args=[job.pk])
    sent = {"active": "on", "_typed_teams": "one"}
    answer = client.post(address, sent | {"_typed_owner": "outside"})
    assert answer.status_code == 400
    assert "not one of the available choices" in answer.content.decode()
    assert client.post(address, sent | {"_typed_owner": "inside"}).status_code == 302
    run = job.job_results.get()
    assert run.task_kwargs["owner"] == str(inside.pk)
