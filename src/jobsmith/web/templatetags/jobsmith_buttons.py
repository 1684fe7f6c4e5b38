"""The tag that puts a record's job buttons on any page: ``{% jobsmith_buttons obj %}``."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django import template
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from django.template import Context

from jobsmith.actions.press_button import Shown, buttons_on

register = template.Library()

_LINKED = "_jobsmith_buttons_linked"


@register.inclusion_tag("jobsmith/buttons/buttons.html", takes_context=True)
def jobsmith_buttons(context: Context, obj: Model) -> dict[str, Any]:
    """Buttons of the record for whoever looks at the page; needs ``request`` in the context."""
    request = context.get("request")
    user = getattr(request, "user", None) or AnonymousUser()
    shown = buttons_on(obj, user=user) if request else []
    is_first = bool(shown) and not getattr(request, _LINKED, False)
    if is_first:
        setattr(request, _LINKED, True)  # the style and the script go in once a page
    return {
        "groups": _groups(shown),
        "obj": obj,
        "label": obj._meta.label_lower,
        "here": request.get_full_path() if request else "",
        "is_first": is_first,
        "csrf_token": context.get("csrf_token"),
    }


def _groups(shown: Iterable[Shown]) -> list[dict[str, Any]]:
    """Buttons that stand alone, and menus, each with the look of its first button."""
    found: list[dict[str, Any]] = []
    for name, members in groupby(shown, key=lambda each: each.button.group_name):
        rows = list(members)
        if name:
            found.append({"name": name, "look": rows[0].button.button_class, "buttons": rows})
        else:
            found += [{"name": "", "buttons": [each]} for each in rows]
    return found
