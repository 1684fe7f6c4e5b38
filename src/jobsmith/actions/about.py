"""Which record or change a run is about, where a button or a hook started it."""

from collections.abc import Mapping
from typing import Any

from jobsmith.models import Job, ObjectChange


def about(job: Job, values: Mapping[str, Any]) -> dict[str, str]:
    """Keys and no names: who reads them may not be allowed to see the record."""
    change = values.get("object_change")
    if job.is_job_hook_receiver and isinstance(change, ObjectChange):
        record = {"model": change.object_label, "key": change.changed_object_id}
        return record | {"change": str(change.pk), "action": change.action}
    model, key = values.get("object_model_name"), values.get("object_pk")
    if job.is_job_button_receiver and model and key:
        return {"model": str(model), "key": str(key)}
    return {}
