"""Inputs that are judged together, and choices that are found out when they are needed."""

from django.core.exceptions import ValidationError
from nautobot.apps.jobs import (
    ChoiceVar,
    FileVar,
    IntegerVar,
    IPAddressVar,
    Job,
    ObjectVar,
    register_jobs,
)

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


class ChecksRealValues(Job):
    """What its parent class has checked are records and addresses, not their JSON."""

    site = ObjectVar(model=Site)
    address = IPAddressVar()
    proof = FileVar(required=False)

    class Meta:
        has_sensitive_variables = False

    @classmethod
    def validate_data(cls, data, files=None):
        cleaned = super().validate_data(data, files=files)
        if not cleaned["address"].is_loopback() and cleaned["site"].name == "Here":
            raise ValidationError("Only loopback addresses are here.")
        return cleaned

    def run(self, site, address, proof):
        form = self.as_form({"site": site.pk, "address": str(address)})
        kept = self.serialize_data({"site": site, "address": address, "proof": proof})
        again = self.deserialize_data(kept)
        return {
            "valid": form.is_valid(),
            "kept": kept,
            "same": again == {"site": site, "address": address, "proof": None},
            "mine": sorted(self.prepare_job_kwargs({"site": 1, "_queue": 2})),
        }


register_jobs(KeepsOrder, PicksASite, ChecksRealValues)
