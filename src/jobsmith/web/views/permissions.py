"""Object permissions."""

from typing import Any

from django import forms
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from jobsmith.actions.save_permission import create_permission, update_permission
from jobsmith.actions.stale import Seen
from jobsmith.filters.tables import PERMISSIONS
from jobsmith.models import ObjectPermission
from jobsmith.policies import Actor

from ..presets import preset
from ..records import KindsField, RecordForm, RecordPages, SaidJSONField, WordsField

ACTIONS = ("view", "add", "change", "delete", "run", "approve", "prioritize", "transfer")
CONSTRAINTS = (
    "Lookups that a record must match, all of them; a list of such objects lets it match any one. "
    "Empty means all records."
)


class BoxesField(forms.MultipleChoiceField):
    """Boxes that other words may stand for: the action wants one word at least."""

    widget = forms.CheckboxSelectMultiple

    def validate(self, value: Any) -> None:
        """As the base, where there is anything."""
        if value:
            super().validate(value)


class PermissionForm(RecordForm):
    """A permission. Common actions are boxes, others are typed."""

    object_types = KindsField(label="Kinds of record")
    actions = BoxesField(choices=[(each, each) for each in ACTIONS])
    more_actions = WordsField(
        required=False,
        label="Other actions",
        help_text="Words that code of yours asks for, parted by commas.",
    )
    constraints = SaidJSONField(required=False, help_text=CONSTRAINTS)

    class Meta:
        model = ObjectPermission
        fields = (
            *("name", "description", "enabled", "object_types", "actions"),
            *("constraints", "groups", "users"),
        )
        help_texts = {"enabled": "Otherwise it gives nobody anything."}

    def __init__(self, data: Any = None, *, row: Any, user: Actor) -> None:
        super().__init__(data, row=row, user=user)
        said = row.actions if isinstance(row.actions, list) else []
        self.initial["actions"] = [each for each in said if each in ACTIONS]
        self.initial["more_actions"] = [each for each in said if each not in ACTIONS]
        self.order_fields(("name", "description", "enabled", "object_types", "actions"))
        self.order_fields((*list(self.fields)[:5], "more_actions"))

    @property
    def values(self) -> dict[str, Any]:
        """Boxes and words are one list."""
        values = super().values
        more = values.pop("more_actions")
        return {**values, "actions": [*values["actions"], *more]}


class PermissionPages(RecordPages[ObjectPermission]):
    """Object permissions."""

    model = ObjectPermission
    form_class = PermissionForm
    table = PERMISSIONS
    name = "permission"
    list_name = place = "permissions"
    one, many = "permission", "permissions"
    lead = "Who may do what to which records. Permissions add up; none takes anything away."
    gone = "Whoever had a right by it alone loses that right at once."
    rows_template = "access/permissions.html"
    side_template = "access/examples.html"

    def listed(self, rows: QuerySet[ObjectPermission], user: Actor) -> QuerySet[ObjectPermission]:
        """With kinds, and how many they reach."""
        counted = rows.annotate(
            user_count=Count("users", distinct=True), group_count=Count("groups", distinct=True)
        )
        return counted.prefetch_related("object_types")

    def first_values(self, request: HttpRequest) -> dict[str, Any]:
        """One of the grants that most people need."""
        return preset(request.GET, request.user)

    def add(self, request: HttpRequest, values: dict[str, Any]) -> ObjectPermission:
        """Grant."""
        return create_permission(user=request.user, values=values)

    def change(
        self, request: HttpRequest, row: ObjectPermission, values: dict[str, Any], seen: Seen
    ) -> ObjectPermission:
        """Change the grant."""
        return update_permission(row, user=request.user, values=values, seen=seen)
