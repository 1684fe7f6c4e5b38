"""Every kind of input, given and left out."""

from nautobot.apps.jobs import (
    BooleanVar,
    ChoiceVar,
    DryRunVar,
    FileVar,
    IntegerVar,
    IPAddressVar,
    IPAddressWithMaskVar,
    IPNetworkVar,
    Job,
    JSONVar,
    MultiChoiceVar,
    MultiObjectVar,
    ObjectVar,
    StringVar,
    TextVar,
    register_jobs,
)

from jobsmith_server.inventory.models import Device, Site

name = "Inputs"

SIZES = (
    ("Usual", (("s", "Small"), ("m", "Medium"))),
    ("Rare", (("xl", "Very large"),)),
)


def kind(value):
    return f"{type(value).__module__.partition('.')[0]}.{type(value).__name__}"


class EveryInput(Job):
    """Takes one of each."""

    word = StringVar(min_length=2, max_length=8, regex=r"^[a-z]+$", label="One word")
    prose = TextVar(description="Several lines.")
    number = IntegerVar(min_value=1, max_value=9, default=3)
    flag = BooleanVar(default=True)
    dryrun = DryRunVar()
    size = ChoiceVar(choices=SIZES)
    days = MultiChoiceVar(choices=(("mon", "Monday"), ("tue", "Tuesday"), ("wed", "Wednesday")))
    site = ObjectVar(model=Site)
    devices = MultiObjectVar(model=Device, query_params={"site": "$site"})
    upload = FileVar()
    address = IPAddressVar()
    interface = IPAddressWithMaskVar()
    network = IPNetworkVar(min_prefix_length=8, max_prefix_length=30)
    extra = JSONVar()

    class Meta:
        has_sensitive_variables = False
        field_order = ["site", "devices"]

    def run(self, **given):
        return {
            "kinds": {each: kind(value) for each, value in given.items()},
            "word": given["word"],
            "lines": given["prose"].splitlines(),
            "number": given["number"],
            "flags": [given["flag"], given["dryrun"]],
            "size": given["size"],
            "days": given["days"],
            "site": given["site"].name,
            "devices": sorted(given["devices"].values_list("name", flat=True)),
            "upload": given["upload"].read().decode(),
            "address": str(given["address"] + 1),
            "interface": str(given["interface"].cidr),
            "network": given["network"].size,
            "extra": given["extra"],
        }


class NoInputNeeded(Job):
    """All of them may be left out."""

    word = StringVar(required=False)
    prose = TextVar(required=False)
    number = IntegerVar(required=False)
    flag = BooleanVar()
    size = ChoiceVar(choices=SIZES, required=False)
    days = MultiChoiceVar(choices=(("mon", "Monday"),), required=False)
    site = ObjectVar(model=Site, required=False)
    address = IPAddressVar(required=False)
    upload = FileVar(required=False)
    extra = JSONVar(required=False)

    class Meta:
        has_sensitive_variables = False

    def run(self, **given):
        return {each: value or repr(value) for each, value in given.items()}


register_jobs(EveryInput, NoInputNeeded)
