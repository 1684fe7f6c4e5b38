"""What OPTIONS says: which keys a record has, and which of them may be written."""

from typing import Any

from rest_framework.metadata import SimpleMetadata
from rest_framework.request import Request


class WireMetadata(SimpleMetadata):
    """The shown keys with the body's words for those that may be written."""

    def determine_metadata(self, request: Request, view: Any) -> dict[str, Any]:
        """As the base; the record's own name, and ``actions`` only where something is written."""
        said: dict[str, Any] = super().determine_metadata(request, view)
        model = getattr(view, "model", None)
        if model is not None:
            words = model._meta.verbose_name if view.detail else model._meta.verbose_name_plural
            said["name"] = str(words).title()
        actions = self.determine_actions(request, view)
        said.pop("actions", None)
        return {**said, "actions": actions} if actions else said

    def determine_actions(self, request: Request, view: Any) -> dict[str, Any]:
        """Fields by the method that writes them: POST where records are made, else PUT."""
        body = getattr(view, "body_class", None)
        if body is None:
            return {}
        method = "POST" if hasattr(view, "create") else "PUT"
        written = body(context={"request": request}).fields
        shown = view.get_serializer().fields
        names = [*shown, *(name for name in written if name not in shown)]
        return {method: {name: self._field(name, shown, written) for name in names}}

    def _field(self, name: str, shown: Any, written: Any) -> dict[str, Any]:
        said: dict[str, Any] = dict(self.get_field_info(written.get(name) or shown[name]))
        said["read_only"] = name not in written
        if "choices" in said:
            said["choices"] = [
                {"value": each["value"], "display": each["display_name"]}
                for each in said["choices"]
            ]
        return said
