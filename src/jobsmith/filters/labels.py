"""One table between our model labels and those that clients know.

Answers carry the clients' label; questions may use either spelling.
"""

from django.contrib.auth import get_user_model
from django.db import models

OURS_TO_WIRE: dict[str, str] = {
    "jobsmith.approvalworkflow": "extras.approvalworkflow",
    "jobsmith.approvalworkflowdefinition": "extras.approvalworkflowdefinition",
    "jobsmith.approvalworkflowstage": "extras.approvalworkflowstage",
    "jobsmith.approvalworkflowstagedefinition": "extras.approvalworkflowstagedefinition",
    "jobsmith.approvalworkflowstageresponse": "extras.approvalworkflowstageresponse",
    "jobsmith.gitrepository": "extras.gitrepository",
    "jobsmith.graphqlquery": "extras.graphqlquery",
    "jobsmith.job": "extras.job",
    "jobsmith.jobbutton": "extras.jobbutton",
    "jobsmith.jobfile": "extras.fileproxy",
    "jobsmith.jobhook": "extras.jobhook",
    "jobsmith.joblogentry": "extras.joblogentry",
    "jobsmith.jobqueue": "extras.jobqueue",
    "jobsmith.jobqueueassignment": "extras.jobqueueassignment",
    "jobsmith.jobresult": "extras.jobresult",
    "jobsmith.note": "extras.note",
    "jobsmith.objectchange": "extras.objectchange",
    "jobsmith.objectpermission": "users.objectpermission",
    "jobsmith.scheduledjob": "extras.scheduledjob",
    "jobsmith.tag": "extras.tag",
    "jobsmith.token": "users.token",
}

WIRE_TO_OURS: dict[str, str] = {wire: ours for ours, wire in OURS_TO_WIRE.items()}

USER_LABEL = "users.user"
"""How the host's user model is called on the wire, whatever it is."""


def wire_label(model: type[models.Model]) -> str:
    """The ``object_type`` of a model in answers."""
    if model is get_user_model():
        return USER_LABEL
    return wire_name(model._meta.label_lower)


def wire_name(label: str) -> str:
    """The clients' spelling of ``app.model``; labels of the host's own models stay as they are."""
    return OURS_TO_WIRE.get(label, label)


def our_name(label: str) -> str:
    """Our spelling of ``app.model``, given either one."""
    if label == USER_LABEL:
        return get_user_model()._meta.label_lower
    return WIRE_TO_OURS.get(label, label)
