"""Notes on records."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from jobsmith import policies
from jobsmith.actions.write_note import write_note
from jobsmith.errors import InputsRefused, NotFound
from jobsmith.filters.tables import NOTES
from jobsmith.models import Note
from jobsmith.policies import Actor

from ..forms import refused
from ..links import page_of
from ..notes import KINDS, NoteForm, notes_of
from ..page import page, show
from ..records import RecordForm, RecordPages


@page
@require_POST
def note_add(request: HttpRequest, kind: str, pk: UUID) -> HttpResponseBase:
    """Write a note on a record."""
    policies.require(request.user, "add", Note)
    if kind not in KINDS:
        raise NotFound
    policies.require(request.user, "view", KINDS[kind])
    row: Any = policies.find(policies.viewable(KINDS[kind], request.user), pk=pk)
    form = NoteForm(request.POST)
    if form.is_valid():
        try:
            write_note(row, user=request.user, text=form.cleaned_data["note"])
        except InputsRefused as error:
            refused(form, error)
        else:
            messages.success(request, "Noted.", fail_silently=True)
            return redirect(page_of(row))
    return _again(request, row, form)


def _again(request: HttpRequest, row: Model, form: NoteForm) -> HttpResponse:
    context = {"row": row, "address": page_of(row), "notes": notes_of(row, request.user, form)}
    return show(request, "notes/refused.html", context, status=400)


class NotePageForm(RecordForm):
    """What a note says."""

    note = forms.CharField(widget=forms.Textarea, help_text="Markdown.")

    class Meta:
        model = Note
        fields = ("note",)


class NotePages(RecordPages[Note]):
    """A note by itself: to change or delete it. Lists of notes stand with their records."""

    model = Note
    form_class = NotePageForm
    table = NOTES
    name, list_name = "note", ""
    one, many = "note", "notes"
    gone = "Nobody can read it afterwards, but the trail keeps what it said."
    place = ""

    def rows(self, user: Actor, right: str = "view") -> QuerySet[Note]:
        """Notes on records in reach."""
        return policies.notes(user, right)

    def facts(self, row: Note, user: Actor) -> dict[str, Any]:
        """The record stands where other kinds have their list."""
        about = {"list_address": self.after(row), "list_title": str(row.assigned_object)}
        return {**about, "heading": f"Note by {row.user_name}"}

    def after(self, row: Note) -> str:
        """The page of the record."""
        return page_of(row.assigned_object)

    def address(self, suffix: str, row: Note | None = None) -> str:
        """Without a list: that is the record's page."""
        return super().address(suffix, row) if row else ""

    def back(self, request: HttpRequest, row: Note) -> str:
        """The page of the record."""
        return page_of(row.assigned_object)

    def urls(self, prefix: str) -> list[URLPattern]:
        """Without list and addition."""
        return [
            path(f"{prefix}<uuid:pk>/", page(self.record_page), name=self.name),
            path(f"{prefix}<uuid:pk>/delete/", page(self.delete_page), name="note_delete"),
        ]
