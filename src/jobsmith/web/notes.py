"""Notes on a record, as its page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.urls import reverse

from jobsmith import policies
from jobsmith.models import Note
from jobsmith.policies import NOTABLE, Actor

from .forms import dress

KINDS = {model._meta.model_name: model for model in NOTABLE}
"""Kinds of record that take notes, by the word in the address."""
SHOWN = 50


class NoteForm(forms.Form):
    """One note."""

    note = forms.CharField(
        label="Write a note",
        help_text="Markdown.",
        widget=forms.Textarea(attrs={"rows": 4, "class": "jsm-in few"}),
    )


@dataclass(frozen=True, slots=True)
class Notes:
    """Notes on one record."""

    rows: Sequence[Note]
    form: NoteForm | None
    """None for those who may not write any."""
    address: str
    """Where to send one."""
    editable: frozenset[object]
    """Keys of those that the viewer may change."""


def notes_of(row: Model, user: Actor, form: NoteForm | None = None) -> Notes | None:
    """What the record's page shows; None where there is nothing to show or write."""
    may_read, may_write = (policies.allowed(user, right, Note) for right in ("view", "add"))
    if not isinstance(row, NOTABLE) or not (may_read or may_write):
        return None
    kind = ContentType.objects.get_for_model(row)
    mine = policies.notes(user).filter(assigned_object_type=kind, assigned_object_id=row.pk)
    rows = list(mine.order_by("-created")[:SHOWN])
    keys = [each.pk for each in rows]
    editable = policies.notes(user, "change").filter(pk__in=keys).values_list("pk", flat=True)
    address = reverse("jobsmith:notes", args=[row._meta.model_name, row.pk])
    shown = dress(form or NoteForm()) if may_write else None
    return Notes(rows, shown, address, frozenset(editable))
