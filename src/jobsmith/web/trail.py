"""Where the trail shows what happened to a record."""

from urllib.parse import urlencode

from django.db.models import Model
from django.urls import reverse

from jobsmith import policies
from jobsmith.models import ObjectChange
from jobsmith.policies import Actor


def history_of(row: Model, user: Actor) -> str:
    """Address of the record's changes; "" for those who may not see any."""
    if not policies.allowed(user, "view", ObjectChange):
        return ""
    asked = {"changed_object_type": row._meta.label_lower, "changed_object_id": str(row.pk)}
    return f"{reverse('jobsmith:changes')}?{urlencode(asked)}"
