"""Groups of users."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import Count, QuerySet

from jobsmith import policies
from jobsmith.filters.tables import GROUPS
from jobsmith.models import ObjectPermission
from jobsmith.policies import Actor

from ..records import RecordForm, RecordPages

MEMBERS_SHOWN = 100


class GroupForm(RecordForm):
    """A group."""

    class Meta:
        model = Group
        fields = ("name",)


class GroupPages(RecordPages[Group]):
    """Groups."""

    model = Group
    form_class = GroupForm
    table = GROUPS
    name = "group"
    list_name = place = "groups"
    one, many = "group", "groups"
    lead = "Users who share permissions. Who is in a group is said on the page of the user."
    gone = "Its users stay, without the permissions that they had through it."
    rows_template = "access/groups.html"
    side_template = "access/rights.html"

    def listed(self, rows: QuerySet[Group], user: Actor) -> QuerySet[Group]:
        """With the number of their users."""
        return rows.annotate(members=Count("user"))

    def facts(self, row: Group, user: Actor) -> Mapping[str, Any]:
        """Its users and permissions, as far as the viewer may see them."""
        users = policies.viewable(get_user_model(), user).filter(groups=row)
        return {
            "permissions": policies.viewable(ObjectPermission, user).filter(groups=row),
            "members": users.order_by(get_user_model().USERNAME_FIELD)[:MEMBERS_SHOWN],
        }
