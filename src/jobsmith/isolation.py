"""How far the runs of a source are kept from everything else."""

from enum import StrEnum


class Isolation(StrEnum):
    """A level; each keeps more away than the one before."""

    PROCESS = "process"
    SANDBOX = "sandbox"
    OFFLINE = "offline"
    UNTRUSTED = "untrusted"

    @property
    def is_sandboxed(self) -> bool:
        """Whether only the files that a run needs are there."""
        return self is not Isolation.PROCESS

    @property
    def has_database(self) -> bool:
        """Whether a run may read and write records."""
        return self is not Isolation.UNTRUSTED

    @property
    def has_network(self) -> bool:
        """Whether a run may reach other machines."""
        return self in (Isolation.PROCESS, Isolation.SANDBOX)


LABELS: dict[str, str] = {
    Isolation.PROCESS: "Process",
    Isolation.SANDBOX: "Sandbox",
    Isolation.OFFLINE: "Sandbox without network",
    Isolation.UNTRUSTED: "Sandbox for untrusted code",
}
"""Words for pages."""


def stricter(one: str, other: str) -> Isolation:
    """The level of the two that keeps more away."""
    order = list(Isolation)
    return max(Isolation(one), Isolation(other), key=order.index)
