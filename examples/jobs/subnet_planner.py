"""Cut a network into subnets, in equal parts or by the number of hosts."""

import csv
import io
import ipaddress
from typing import Any

from django.core.exceptions import ValidationError

from jobsmith.jobs import (
    ChoiceVar,
    IntegerVar,
    IPAddressVar,
    IPNetworkVar,
    Job,
    MultiChoiceVar,
    Table,
    TextVar,
    register_jobs,
)

name = "Network"

MAX_SUBNETS = 4096
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

COLUMNS = [
    ("network", "Network"),
    ("mask", "Mask"),
    ("first", "First host"),
    ("last", "Last host"),
    ("broadcast", "Broadcast"),
    ("hosts", "Hosts"),
]


class SubnetPlanner(Job):
    """Plans subnets without touching anything."""

    network = IPNetworkVar(
        description="The network to cut, such as 10.20.0.0/16.",
        min_prefix_length=8,
        max_prefix_length=126,
    )
    way = ChoiceVar(
        label="How to cut",
        choices=[("equal", "Into equal subnets"), ("hosts", "By the number of hosts")],
        default="equal",
    )
    prefix_length = IntegerVar(
        description="Prefix length of each subnet.",
        min_value=9,
        max_value=128,
        show_when={"way": "equal"},
        required_when={"way": "equal"},
        required=False,
    )
    wanted = TextVar(
        label="Wanted subnets",
        description="One a line: a name and the hosts it needs, such as `office 120`.",
        show_when={"way": "hosts"},
        required_when={"way": "hosts"},
        required=False,
    )
    keep_free = IPAddressVar(
        label="Keep free",
        description="The subnet that holds this address is left out.",
        required=False,
        section="Details",
    )
    columns = MultiChoiceVar(
        choices=COLUMNS, default=["network", "first", "last", "hosts"], section="Details"
    )

    class Meta:
        name = "Subnet planner"
        description = "Cut a network into subnets, in equal parts or by the number of hosts."
        read_only = True

    @classmethod
    def validate_data(cls, data: dict[str, Any], files: Any = None) -> dict[str, Any]:
        """Refuse a plan that cannot be made before it is queued."""
        network = ipaddress.ip_network(str(data["network"]))
        if data["way"] == "hosts":
            wanted_hosts(data["wanted"])
            return data
        length = int(data["prefix_length"])
        if not network.prefixlen < length <= network.max_prefixlen:
            longest = f"{network.prefixlen + 1} to {network.max_prefixlen}"
            raise ValidationError({"prefix_length": f"For {network} this may be {longest}."})
        if length - network.prefixlen > 12:
            raise ValidationError({"prefix_length": f"That makes more than {MAX_SUBNETS} subnets."})
        return data

    def run(
        self,
        network: Any,
        way: str,
        prefix_length: int | None,
        wanted: str,
        keep_free: Any,
        columns: list[str],
    ) -> Table:
        whole = ipaddress.ip_network(str(network))
        reserved = ipaddress.ip_address(str(keep_free)) if keep_free else None
        if way == "equal":
            new = whole.subnets(new_prefix=prefix_length)
            plan = [("", subnet) for subnet in new if reserved is None or reserved not in subnet]
        else:
            plan = self._by_hosts(whole, wanted_hosts(wanted), reserved)
        self.logger.success("%d subnets planned in %s", len(plan), whole)
        rows = [[label, *(cells(subnet)[column] for column in columns)] for label, subnet in plan]
        heads = ["Name", *(dict(COLUMNS)[column] for column in columns)]
        self._write_file(heads, rows)
        return Table(columns=heads, rows=rows, title=f"Subnets of {whole}")

    def _by_hosts(self, whole: Network, wanted: list[tuple[str, int]], reserved: Any) -> Any:
        """Largest first, each at the next place it may begin: nothing is wasted between them."""
        plan: list[tuple[str, Network]] = []
        place = int(whole.network_address)
        for label, hosts in sorted(wanted, key=lambda each: -each[1]):
            subnet = subnet_for(hosts, place, whole)
            if reserved is not None and reserved in subnet:
                self.logger.info("%s is left out: it holds %s", subnet, reserved)
                subnet = subnet_for(hosts, int(subnet.broadcast_address) + 1, whole)
            if int(subnet.broadcast_address) > int(whole.broadcast_address):
                self.fail("No room is left in %s for %s with %d hosts", whole, label, hosts)
                continue
            self.logger.info("%s gets %s for %d hosts", label, subnet, hosts)
            plan.append((label, subnet))
            place = int(subnet.broadcast_address) + 1
        return plan

    def _write_file(self, heads: list[str], rows: list[list[Any]]) -> None:
        text = io.StringIO()
        csv.writer(text).writerows([heads, *rows])
        self.create_file("subnets.csv", text.getvalue(), content_type="text/csv")


def wanted_hosts(text: str) -> list[tuple[str, int]]:
    """Names and numbers of hosts; ValidationError names the line that is wrong."""
    found: list[tuple[str, int]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        label, _, hosts = line.strip().rpartition(" ")
        if not line.strip():
            continue
        if not label or not hosts.isdecimal() or not 1 <= int(hosts) <= 2**64:
            problem = f"Line {number} should be a name and a number of hosts."
            raise ValidationError({"wanted": problem})
        found.append((label.strip(), int(hosts)))
    if len(found) > MAX_SUBNETS:
        raise ValidationError({"wanted": f"At most {MAX_SUBNETS} subnets can be planned at once."})
    return found


def subnet_for(hosts: int, place: int, whole: Network) -> Network:
    """The smallest subnet for that many hosts that begins at the place or next after it."""
    extra = 2 if whole.version == 4 and hosts > 2 else 0
    bits = max(hosts + extra - 1, 0).bit_length()
    start = -(-place >> bits) << bits
    last = 2**whole.max_prefixlen - 2**bits
    kind = type(whole)
    return kind((min(start, last), whole.max_prefixlen - bits))


def cells(subnet: Network) -> dict[str, Any]:
    """All that a table may show of a subnet."""
    edge = 1 if subnet.version == 4 and subnet.prefixlen < 31 else 0
    return {
        "network": str(subnet),
        "mask": str(subnet.netmask),
        "first": str(subnet.network_address + edge),
        "last": str(subnet.broadcast_address - edge),
        "broadcast": str(subnet.broadcast_address) if edge else "-",
        "hosts": subnet.num_addresses - 2 * edge,
    }


register_jobs(SubnetPlanner)
