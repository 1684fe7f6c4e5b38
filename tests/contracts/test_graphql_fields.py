"""Fields of our GraphQL types against those of the peer, by name and type.

``JOBSMITH_FIXTURES`` names the folder of the peer's answers.
"""

from typing import Any

import pytest

from jobsmith.graphql.schema import schema
from tests.contracts.test_fixtures import FOLDER, fixture

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no fixtures in {FOLDER}")

NO_SUCH_RECORDS = "There are no such records here."
ONE_CLOCK = "Our clock reads the schedule itself; nothing is handed to a broker."
LATER = "Comes with its kind of record."

ABSENT = {
    "JobType": {
        "associated_contacts": NO_SUCH_RECORDS,
        "static_group_association_set": NO_SUCH_RECORDS,
        "associated_object_metadata": NO_SUCH_RECORDS,
        "associated_data_compliance": NO_SUCH_RECORDS,
    },
    "JobResultType": {
        "associated_object_metadata": NO_SUCH_RECORDS,
        "associated_data_compliance": NO_SUCH_RECORDS,
    },
    "JobLogEntryType": {
        "associated_object_metadata": NO_SUCH_RECORDS,
        "associated_data_compliance": NO_SUCH_RECORDS,
    },
    "ScheduledJobType": {
        "exchange": ONE_CLOCK,
        "routing_key": ONE_CLOCK,
        "headers": ONE_CLOCK,
        "expires": ONE_CLOCK,
        "expire_seconds": ONE_CLOCK,
        "associated_object_metadata": NO_SUCH_RECORDS,
        "associated_data_compliance": NO_SUCH_RECORDS,
    },
}
"""The peer's fields that are missing here on purpose."""

TYPED = {
    ("JobResultType", "cancel_type"): "The words are plain text in our column.",
    ("ScheduledJobType", "priority"): "It is always a number: 0 is the usual.",
    ("ScheduledJobType", "time_zone"): "Zones are those of the server, not a closed list.",
}
"""Fields of another type on purpose."""

FIXTURES = (
    "graphql-introspect-job",
    "graphql-introspect-job-result",
    "graphql-introspect-job-log",
    "graphql-introspect-scheduled-job",
)


def peers_type(name: str) -> tuple[str, dict[str, str]]:
    found = fixture(name)["response"]["body"]["data"]["__type"]
    return found["name"], {each["name"]: spelled(each["type"]) for each in found["fields"]}


def spelled(kind: dict[str, Any]) -> str:
    if kind["kind"] == "NON_NULL":
        return f"{spelled(kind['ofType'])}!"
    if kind["kind"] == "LIST":
        return f"[{spelled(kind['ofType'])}]"
    return str(kind["name"])


def our_fields(name: str) -> dict[str, str]:
    found: Any = schema().type_map[name]
    return {key: str(each.type) for key, each in found.fields.items()}


@pytest.mark.parametrize("name", FIXTURES)
def test_every_field_of_the_peer_is_here_or_absent_on_purpose(name: str) -> None:
    kind, theirs = peers_type(name)
    assert theirs.keys() - our_fields(kind).keys() == ABSENT[kind].keys()


@pytest.mark.parametrize("name", FIXTURES)
def test_fields_have_the_types_that_clients_know(name: str) -> None:
    kind, theirs = peers_type(name)
    ours = our_fields(kind)
    other = {key for key in theirs.keys() & ours.keys() if theirs[key] != ours[key]}
    assert {key: (theirs[key], ours[key]) for key in other if (kind, key) not in TYPED} == {}
    assert {key for of, key in TYPED if of == kind} <= other
