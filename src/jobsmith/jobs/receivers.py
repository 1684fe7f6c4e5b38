"""Jobs that are started by a change of a record, or by a button on its page."""

from typing import Any

from django.apps import apps

from .base import Job
from .variables import ObjectVar, StringVar


class JobHookReceiver(Job):
    """Started by a job hook; override ``receive_job_hook``."""

    is_base = True

    object_change = ObjectVar(model="jobsmith.objectchange")

    def run(self, object_change: Any) -> Any:
        """Hand the change on."""
        return self.receive_job_hook(
            change=object_change,
            action=object_change.action,
            changed_object=object_change.changed_object,
        )

    def receive_job_hook(self, change: Any, action: str, changed_object: Any) -> Any:
        """The work; ``changed_object`` is None after a delete."""
        raise NotImplementedError(f"{type(self).__name__} has no receive_job_hook().")


class JobButtonReceiver(Job):
    """Started by a job button; override ``receive_job_button``."""

    is_base = True

    object_pk = StringVar()
    object_model_name = StringVar(description="app_label.model")

    def run(self, object_pk: str, object_model_name: str) -> Any:
        """Hand the record on."""
        model = apps.get_model(object_model_name)
        return self.receive_job_button(obj=model._default_manager.get(pk=object_pk))

    def receive_job_button(self, obj: Any) -> Any:
        """The work."""
        raise NotImplementedError(f"{type(self).__name__} has no receive_job_button().")


def is_job(obj: object) -> bool:
    """Whether that is a job class of an author."""
    return isinstance(obj, type) and issubclass(obj, Job) and "is_base" not in vars(obj)
