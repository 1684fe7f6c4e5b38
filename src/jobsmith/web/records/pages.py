"""The pages of one kind of record: its list, and a form to add, show, edit and delete one."""

from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse

from jobsmith import policies
from jobsmith.actions.delete_record import delete_record
from jobsmith.actions.save_record import create_record, update_record
from jobsmith.actions.stale import Seen
from jobsmith.errors import ChangedMeanwhile, InputsRefused, JobsmithError, NotFound, StillNeeded
from jobsmith.filters import FilterTable, searched
from jobsmith.inputs.objects import as_key
from jobsmith.policies import Actor

from ..forms import dress, refused
from ..notes import notes_of
from ..page import page, show
from ..paging import paged
from ..trail import history_of
from .form import RecordForm

M = TypeVar("M", bound=Model)

SIZE = 50


class RecordPages(Generic[M]):
    """One kind of record. What differs from kind to kind is overridden; rules stay in actions."""

    model: type[M]
    form_class: type[RecordForm]
    table: FilterTable
    """Which columns ``?q=`` searches."""
    name: str
    """Stem of the names of its addresses: ``queue``, ``queue_add``, ``queue_delete``."""
    list_name: str
    """Name of the address of its list."""
    one: str
    many: str
    """What people call it."""
    lead: ClassVar[str] = ""
    gone: ClassVar[str] = ""
    """What a deletion means, said before it happens."""
    delete_word: ClassVar[str] = "Delete"
    places: ClassVar[Mapping[str, str]] = {}
    """Parts of the list by what ``?show=`` says, with their titles; the first is "" and usual."""
    order: tuple[str, ...] = ("name",)
    place: str
    """Its entry in the rail."""
    rows_template: str
    side_template: ClassVar[str] = ""
    """What stands beside the form."""

    # What differs

    def require(self, user: Actor, right: str) -> None:
        """Refuse whoever lacks the right altogether, before anything is looked up."""
        policies.require(user, right, self.model)

    def may(self, user: Actor, right: str, row: M | None = None) -> bool:
        """Whether to offer something."""
        if row is None:
            return policies.allowed(user, right, self.model)
        return self.rows(user, right).filter(pk=row.pk).exists()

    def rows(self, user: Actor, right: str = "view") -> QuerySet[M]:
        """Records on which the user has the right."""
        return policies.scoped(self.model, user, right)

    def listed(self, rows: QuerySet[M], user: Actor) -> QuerySet[M]:
        """The rows with what the list shows of them."""
        return rows

    def chosen(self, rows: QuerySet[M], place: str) -> QuerySet[M]:
        """The rows of one of the list's places."""
        return rows

    def row_facts(self, rows: list[M], user: Actor) -> Mapping[str, Any]:
        """What the list shows beside the rows."""
        return {}

    def facts(self, row: M, user: Actor) -> Mapping[str, Any]:
        """What the page of one record shows beside its form."""
        return {}

    def form(self, data: Any, *, row: M, user: Actor) -> RecordForm:
        """The form of a record."""
        return self.form_class(data, row=row, user=user)

    def first_values(self, request: HttpRequest) -> dict[str, Any]:
        """What the form of a new one holds at first, as the address asks for it."""
        return {}

    def add(self, request: HttpRequest, values: dict[str, Any]) -> Any:
        """Create it; the answer may also be a response, where a redirect would not do."""
        return create_record(self.model, user=request.user, values=values)

    def change(self, request: HttpRequest, row: M, values: dict[str, Any], seen: Seen) -> M:
        """Change it, unless somebody else did meanwhile."""
        return update_record(row, user=request.user, values=values, seen=seen)

    def refuse_removal(self, row: M, user: Actor) -> None:
        """Raise what stands against a deletion from the start, so that it is not offered."""

    def remove(self, request: HttpRequest, row: M) -> None:
        """Delete it."""
        delete_record(row, user=request.user)

    def after(self, row: M) -> str:
        """Where to go when a record was saved."""
        return self.address("", row)

    # The pages

    def address(self, suffix: str, row: M | None = None) -> str:
        """``_add``, ``_delete``, or "" for the list or the record."""
        if row is not None:
            return reverse(f"jobsmith:{self.name}{suffix}", args=[row.pk])
        return reverse(f"jobsmith:{self.name}{suffix}" if suffix else f"jobsmith:{self.list_name}")

    def list_page(self, request: HttpRequest) -> HttpResponse:
        """All in reach, searched by ``?q=``."""
        user = request.user
        policies.require(user, "view", self.model)
        asked = request.GET.get("q", "")[:200]
        said = request.GET.get("show", "")
        place = said if said in self.places else ""
        rows = self.chosen(self.listed(self.rows(user), user), place)
        rows = searched(rows, self.table, asked, user)
        found = paged(request, rows.order_by(*self.order, "pk"), size=SIZE)
        context = {
            "page": found,
            "q": asked,
            "place": place,
            "may_add": self.may(user, "add"),
            **self.row_facts(list(found.rows), user),
        }
        partial = request.headers.get("HX-Target") == "records"
        return self._show(request, "records/rows.html" if partial else "records/list.html", context)

    def add_page(self, request: HttpRequest) -> HttpResponseBase:
        """The form of a new one."""
        self.require(request.user, "add")
        form = self.form(_sent(request), row=self.model(), user=request.user)
        if request.method != "POST":
            form.initial = {**form.initial, **self.first_values(request)}
            return self._form_page(request, None, form)
        if form.is_valid():
            try:
                row = self.add(request, form.values)
            except InputsRefused as error:
                refused(form, error)
            else:
                return row if isinstance(row, HttpResponseBase) else self._saved(request, row)
        return self._form_page(request, None, form, status=400)

    def record_page(self, request: HttpRequest, pk: str) -> HttpResponseBase:
        """The form of one; without the right to change it, only for reading."""
        user = request.user
        if request.method != "POST":
            self.require(user, "view")
            row = self._find(self.rows(user), pk)
            return self._form_page(request, row, self.form(None, row=row, user=user))
        self.require(user, "change")
        row = self._find(self.rows(user, "change"), pk)
        form = self.form(request.POST, row=row, user=user)
        if form.is_valid():
            try:
                row = self.change(request, row, form.values, form.seen())
            except InputsRefused as error:
                refused(form, error)
            except ChangedMeanwhile as error:
                form.overtaken(error)
                return self._form_page(request, row, form, status=error.status)
            else:
                return self._saved(request, row)
        return self._form_page(request, row, form, status=400)

    def delete_page(self, request: HttpRequest, pk: str) -> HttpResponseBase:
        """Ask first, then delete; a refusal is said in the same place."""
        self.require(request.user, "delete")
        row = self._find(self.rows(request.user, "delete"), pk)
        asks = request.method != "POST"
        try:
            self.refuse_removal(row, request.user) if asks else self.remove(request, row)
        except JobsmithError as error:
            said = {"row": row, "refusal": _sentence(error)}
            status = 200 if asks else error.status
            return self._show(request, "records/delete.html", said, status=status)
        if asks:
            return self._show(request, "records/delete.html", {"row": row})
        messages.success(request, f"{self.one.capitalize()} deleted.", fail_silently=True)
        return redirect(self.back(request, row))

    def back(self, request: HttpRequest, row: M) -> str:
        """Where to go when a record was deleted."""
        return self.address("")

    def urls(self, prefix: str) -> list[URLPattern]:
        """The addresses, below ``prefix``."""
        return [
            path(prefix, page(self.list_page), name=self.list_name),
            path(f"{prefix}add/", page(self.add_page), name=f"{self.name}_add"),
            path(f"{prefix}<str:pk>/", page(self.record_page), name=self.name),
            path(f"{prefix}<str:pk>/delete/", page(self.delete_page), name=f"{self.name}_delete"),
        ]

    def _find(self, rows: QuerySet[M], pk: str) -> M:
        try:
            key = as_key(self.model, pk)
        except ValidationError as error:
            raise NotFound from error
        return policies.find(rows, pk=key)

    def _removable(self, row: M, user: Actor) -> bool:
        try:
            self.refuse_removal(row, user)
        except JobsmithError:
            return False
        return True

    def _saved(self, request: HttpRequest, row: M) -> HttpResponse:
        messages.success(request, "Saved.", fail_silently=True)
        return redirect(self.after(row))

    def _form_page(
        self, request: HttpRequest, row: M | None, form: RecordForm, status: int = 200
    ) -> HttpResponse:
        user = request.user
        may_save = row is None or self.may(user, "change", row)
        if not may_save:
            form.only_show()
        context: dict[str, Any] = {"row": row, "form": dress(form), "may_save": may_save}
        if row is not None:
            context |= {
                "may_delete": self.may(user, "delete", row) and self._removable(row, user),
                "history": history_of(row, user),
                "notes": notes_of(row, user),
                **self.facts(row, user),
            }
        return self._show(request, "records/form.html", context, status=status)

    def _show(
        self, request: HttpRequest, template: str, context: Mapping[str, Any], status: int = 200
    ) -> HttpResponse:
        row = context.get("row")
        more = {
            "kind": self,
            "list_address": self.address(""),
            "add_address": self.address("_add"),
            "delete_address": self.address("_delete", row) if row is not None else "",
            "row_address": self.address("", row) if row is not None else "",
        }
        return show(request, template, {**more, **context}, current=self.place, status=status)


def _sent(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _sentence(error: JobsmithError) -> str:
    if isinstance(error, InputsRefused):
        return " ".join(each for sentences in error.errors.values() for each in sentences)
    if isinstance(error, StillNeeded):
        return f"It is still needed. {error.message}"
    return error.message
