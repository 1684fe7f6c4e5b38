"""API tokens: everybody's own, and with the right to it those of others."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from jobsmith import policies
from jobsmith.actions.stale import Seen
from jobsmith.actions.tokens import create_token, edit_token, revoke_token
from jobsmith.filters.tables import TOKENS
from jobsmith.models import Token
from jobsmith.policies import Actor

from ..records import NetworksField, RecordForm, RecordPages


class TokenForm(RecordForm):
    """A token; whose it is, is said once."""

    read_only = forms.BooleanField(
        required=False, label="Read-only", help_text="It may look and change nothing."
    )
    allowed_networks = NetworksField(
        required=False,
        label="Networks",
        help_text="Where it may be used from, one a line: 10.0.0.0/8. Empty means anywhere.",
    )

    also_seen = ("write_enabled",)

    class Meta:
        model = Token
        fields = ("description", "expires", "allowed_networks", "user")
        help_texts = {"description": "What uses it.", "expires": "Empty means never."}

    def __init__(self, data: Any = None, *, row: Any, user: Actor) -> None:
        super().__init__(data, row=row, user=user)
        self.initial["read_only"] = not row.write_enabled
        self.order_fields(("user", "description", "expires", "read_only", "allowed_networks"))
        owner = self.fields["user"]
        owner.required = False
        if isinstance(owner, forms.ModelChoiceField):
            owner.empty_label = "Myself"
        if not row._state.adding or not policies.allowed(user, "add", Token):
            del self.fields["user"]

    @property
    def values(self) -> dict[str, Any]:
        """In the action's words."""
        values = super().values
        read_only = values.pop("read_only")
        return {**values, "write_enabled": not read_only}


class TokenPages(RecordPages[Token]):
    """Tokens. Everybody may look after their own, so no right is asked for before the look-up."""

    model = Token
    form_class = TokenForm
    table = TOKENS
    name = "token"
    list_name = place = "tokens"
    one, many = "token", "tokens"
    lead = "Keys that let programs act as a user."
    gone = "Programs that use it are refused from the next request on."
    delete_word = "Revoke"
    order = ("-created",)
    rows_template = "access/tokens.html"
    side_template = "access/token_facts.html"

    def require(self, user: Actor, right: str) -> None:
        """Nothing: whoever is signed in may have tokens."""

    def may(self, user: Actor, right: str, row: Token | None = None) -> bool:
        """Whoever is signed in may add one."""
        return row is None or super().may(user, right, row)

    def rows(self, user: Actor, right: str = "view") -> QuerySet[Token]:
        """Own ones, and those of others with the right."""
        return policies.tokens(user, right)

    def listed(self, rows: QuerySet[Token], user: Actor) -> QuerySet[Token]:
        """With whose they are."""
        return rows.select_related("user")

    def row_facts(self, rows: list[Token], user: Actor) -> dict[str, Any]:
        """To tell those that have expired."""
        return {"rows": rows, "now": timezone.now(), "owners": True}

    def facts(self, row: Token, user: Actor) -> dict[str, Any]:
        """To tell whether it has expired."""
        return {"now": timezone.now()}

    def add(self, request: HttpRequest, values: dict[str, Any]) -> HttpResponse:
        """Make it, and show its text at once: a redirect would have to keep it somewhere."""
        owner: Any = values.pop("user", None) or request.user
        token, text = create_token(owner, by=request.user, **values)
        return self._show(
            request,
            "access/token_made.html",
            {"row": token, "text": text, "owner": owner if owner != request.user else None},
        )

    def change(self, request: HttpRequest, row: Token, values: dict[str, Any], seen: Seen) -> Token:
        """Change what it is for and how far it goes."""
        return edit_token(row, user=request.user, values=values, seen=seen)

    def remove(self, request: HttpRequest, row: Token) -> None:
        """Revoke it."""
        revoke_token(request.user, row.key)

    def back(self, request: HttpRequest, row: Token) -> str:
        """The list, for those who may see it; others have their own account."""
        if policies.allowed(request.user, "view", Token):
            return self.address("")
        return reverse("jobsmith:account")
