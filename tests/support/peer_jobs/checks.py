"""Inputs that are judged together, and choices that are found out when they are needed."""

from django.core.exceptions import ValidationError
from nautobot.apps.jobs import ChoiceVar, IntegerVar, Job, ObjectVar, register_jobs

from jobsmith_server.inventory.models import Site


def seasons():
    return [(each, each.title()) for each in ("winter", "summer")]


class KeepsOrder(Job):
    least = IntegerVar()
    most = IntegerVar()

    class Meta:
        has_sensitive_variables = False

    @classmethod
    def validate_data(cls, data, files=None):
        cleaned = super().validate_data(data, files=files)
        if cleaned["least"] > cleaned["most"]:
            raise ValidationError({"most": "Should not be below least."})
        return cleaned

    def run(self, least, most):
        return most - least


class PicksASite(Job):
    season = ChoiceVar(choices=seasons)
    site = ObjectVar(model=Site)

    class Meta:
        has_sensitive_variables = False

    def run(self, season, site):
        return f"{site} in {season}"


register_jobs(KeepsOrder, PicksASite)
