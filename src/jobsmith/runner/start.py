"""What a supervisor tells a fresh job process: the first message on the frame socket."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """All that a child needs to run one job, without asking the database."""

    result_id: str
    page: str
    """Address of the run's page; those of its files begin with it."""
    user_id: str | None
    job_id: str | None
    job_page: str
    """Address of the job's page; empty where there is none."""
    attempt: int
    """From 1."""
    retry_on: list[str]
    """Names of exceptions after which there will be another attempt."""
    source_version: str
    """Which version of the code runs, for people to read."""
    class_path: str
    tree: str | None
    """Folder of the code; None for installed packages."""
    packages: str
    """Folder of the packages that the code asks for beside the server's; "" for none."""
    spec: dict[str, Any]
    """The JobSpec as JSON; empty means: describe the class."""
    inputs: dict[str, Any] = field(default_factory=dict)
    """JSON form, secrets included: they travel over this socket only."""
    records: dict[str, list[dict[str, Any]]] | None = None
    """What object variables hold, where the run cannot look into the database itself."""
    files: list[str] = field(default_factory=list)
    """Keys of the input files whose descriptors came with the launch, in their order."""
    soft_limit: float
    hard_limit: float
    max_result_bytes: int
    max_file_bytes: int
    databases: dict[str, str] = field(default_factory=dict)
    """Database names by alias, where a test or a host changed them after start."""

    def to_json(self) -> dict[str, Any]:
        """For the frame."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Start":
        """Read back."""
        return cls(**data)
