"""Changes of a host's records are noted wherever they are made."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from jobsmith.audit import record_changes, record_created
from jobsmith.audit.tracking import is_tracked
from jobsmith.models import ObjectChange, Tag
from jobsmith_server.inventory.models import Device, Site
from tests.support import factories as make
from tests.support.tracking import track


def trail() -> list[tuple[str, str, str]]:
    rows = ObjectChange.objects.order_by("time", "pk")
    return list(rows.values_list("object_label", "object_repr", "action"))


@pytest.mark.django_db
def test_only_what_the_setting_names_is_noted(settings: Any) -> None:
    Site.objects.create(name="Before")
    track(settings, "inventory.site")
    Site.objects.create(name="Hall")
    Device.objects.create(name="sw1", site=Site.objects.get(name="Hall"))
    assert trail() == [("inventory.site", "Hall", "create")]
    track(settings, "all")
    assert is_tracked(Device)
    for ours in (MigrationRecorder.Migration, Tag, Group, type(make.make_user())):
        assert not is_tracked(ours)


@pytest.mark.django_db
def test_plain_code_is_noted_with_one_id_a_transaction(tracked: None) -> None:
    with transaction.atomic():
        hall = Site.objects.create(name="Hall")
        hall.city = "Oslo"
        hall.save()
        Site.objects.filter(name="Hall").delete()
    rows = ObjectChange.objects.order_by("time", "pk")
    assert [each.action for each in rows] == ["create", "update", "delete"]
    assert len({each.request_id for each in rows}) == 1
    assert {(each.change_context, each.user_name) for each in rows} == {("orm", "")}


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_not_noted(tracked: None) -> None:
    with transaction.atomic():
        Site.objects.create(name="Hall")
        transaction.set_rollback(True)
    with transaction.atomic():
        Site.objects.create(name="One")
    with transaction.atomic():
        Site.objects.create(name="Two")
    assert len(set(ObjectChange.objects.values_list("request_id", flat=True))) == 2


@pytest.mark.django_db
def test_a_request_of_the_host_is_its_users(tracked: None) -> None:
    hall = Site.objects.create(name="Hall")
    device = Device.objects.create(name="sw1", site=hall)
    ObjectChange.objects.all().delete()
    boss = make.make_admin()
    browser = Client()
    browser.force_login(boss)
    form = {"name": "sw2", "site": hall.pk, "role": "router"}
    assert browser.post(device.get_absolute_url(), form).status_code == 302
    change = ObjectChange.objects.get()
    assert (change.user, change.change_context, change.object_repr) == (boss, "web", "sw2")
    assert change.before is not None
    assert change.before["name"] == "sw1"


@pytest.mark.django_db
def test_bulk_operations_are_noted_by_the_helper(
    tracked: None, django_assert_max_num_queries: Any
) -> None:
    olga = make.make_user("olga")
    rows = Site.objects.bulk_create(Site(name=f"s{number}") for number in range(30))
    record_created(rows, user=olga)
    with django_assert_max_num_queries(12), record_changes(Site.objects.all(), user=olga):
        Site.objects.filter(name__endswith="1").update(city="Oslo")
        Site.objects.filter(name="s2")._raw_delete("default")  # type: ignore[attr-defined]
    counts = {
        action: ObjectChange.objects.filter(action=action, user=olga).count()
        for action in ("create", "update", "delete")
    }
    assert counts == {"create": 30, "update": 3, "delete": 1}
    edited = ObjectChange.objects.filter(action="update").first()
    assert edited is not None
    assert (edited.before["city"], edited.after["city"]) == ("", "Oslo")  # type: ignore[index]
    assert ObjectChange.objects.filter(awaits_hooks=True).count() == 34


@pytest.mark.django_db
def test_the_helper_sees_links_and_secrets(tracked: None) -> None:
    group = Group.objects.create(name="g")
    user = make.make_user("olga")
    people = type(user).objects.filter(pk=user.pk)
    with record_changes(people):
        user.groups.add(group)
        people.update(password="another")
    change = ObjectChange.objects.get()
    assert change.after is not None
    assert change.after["groups"] == [str(group.pk)]
    assert change.after["password"] == "(hidden)"
