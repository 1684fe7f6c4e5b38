"""What a source says about its job classes: plain, frozen data, and its JSON form.

This is the only contract between job code and the records made of it. A spec is made in a
throw-away child (`jobsmith.jobs.describe`), crosses a pipe as JSON, and is all that any door
needs to build a form.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, TypeVar

JSON = Any
"""A value that `json.dumps` takes."""

DYNAMIC_CHOICES = "choices"
DYNAMIC_DEFAULT = "default"
DYNAMIC_QUERYSET = "queryset"
MOST_RECORDS = 10_000
"""Of a dynamic queryset so many can be chosen; one more in an answer says that there are more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableSpec:
    """One input that a job class declares."""

    name: str
    type: str
    """Name of the variable class as written on the wire: ``StringVar``, ``ObjectVar``, …"""
    label: str = ""
    """"" means: prettify the name."""
    description: str = ""
    required: bool = True
    default: JSON = None
    """JSON form of the default; None when there is none or when it is dynamic."""
    min_length: int | None = None
    max_length: int | None = None
    regex: str | None = None
    min_value: float | None = None
    max_value: float | None = None
    min_prefix_length: int | None = None
    max_prefix_length: int | None = None
    choices: list[Any] | None = None
    """``[value, label]`` pairs or ``[group, [[value, label], …]]``; None when dynamic or unused."""
    model: str = ""
    """``app_label.modelname`` of an object variable."""
    display_field: str = ""
    query_params: dict[str, JSON] = field(default_factory=dict)
    null_option: str = ""
    schema: dict[str, JSON] | None = None
    """JSON schema of a ``JSONVar``."""
    widget: str = ""
    """Hint for pages: ``textarea``, ``select``, ``radio``, … ; "" means the usual one."""
    section: str = ""
    show_when: dict[str, JSON] = field(default_factory=dict)
    """``{other_variable: value or [values]}``: asked for, and kept, only while all hold."""
    required_when: dict[str, JSON] = field(default_factory=dict)
    """Required while all hold, optional otherwise."""
    depends_on: list[str] = field(default_factory=list)
    """Variables whose values the dynamic choices need."""
    dynamic: list[str] = field(default_factory=list)
    """Which of ``choices``, ``default``, ``queryset`` only the job's code can answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSpec:
    """All that a source says of one job class."""

    module_name: str
    job_class_name: str
    name: str
    grouping: str
    description: str = ""
    dryrun_default: bool = False
    console_log_default: bool = False
    has_sensitive_variables: bool = False
    hidden: bool = False
    is_singleton: bool = False
    concurrency_limit: int = 0
    """Runs at a time; 0 means any number."""
    concurrency_key: str = ""
    """The variable by whose value runs share the limit."""
    concurrency_when_full: str = "queue"
    retry_on: list[str] = field(default_factory=list)
    """Qualified names of exceptions after which a run is tried again."""
    max_retries: int = 0
    """How often at most."""
    retry_backoff: float = 0
    """Seconds before the second attempt; doubled for each further one."""
    retry_on_worker_loss: bool = False
    """Whether it is tried again too when its worker died or was stopped."""
    read_only: bool = False
    soft_time_limit: float = 0
    """Seconds; 0 means the system's."""
    time_limit: float = 0
    """Seconds; 0 means the system's."""
    task_queues: list[str] = field(default_factory=list)
    template_name: str = ""
    approval_required: bool = False
    supports_dryrun: bool = False
    is_job_hook_receiver: bool = False
    is_job_button_receiver: bool = False
    validates_data: bool = False
    """The author overrode ``validate_data``: the code sees inputs before they are accepted."""
    variables: tuple[VariableSpec, ...] = ()
    """In form order."""
    file: str = ""
    """Path inside the source."""
    line: int = 0

    @property
    def class_path(self) -> str:
        """``module.Class``, the natural key of a job."""
        return f"{self.module_name}.{self.job_class_name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something in a source that keeps a job from being offered, or that its author should know."""

    code: str
    message: str
    file: str = ""
    line: int = 0
    severity: str = "error"
    """``error`` or ``warning``."""


def place_of(file: str, line: int) -> str:
    """Where something is: ``file:line``, or only the file where the line is not known."""
    return f"{file}:{line}" if line else file


_T = TypeVar("_T", VariableSpec, JobSpec, Problem)


def to_json(spec: VariableSpec | JobSpec | Problem) -> dict[str, JSON]:
    """The JSON form of a spec; keys are the field names."""
    return asdict(spec)


def job_from_json(data: Mapping[str, JSON]) -> JobSpec:
    """Read a JobSpec back; unknown keys (of a newer version) are ignored."""
    known = _known(JobSpec, data)
    known["variables"] = tuple(variable_from_json(each) for each in known.get("variables", ()))
    return JobSpec(**known)


def variable_from_json(data: Mapping[str, JSON]) -> VariableSpec:
    """Read a VariableSpec back; unknown keys are ignored."""
    return VariableSpec(**_known(VariableSpec, data))


def problem_from_json(data: Mapping[str, JSON]) -> Problem:
    """Read a Problem back; unknown keys are ignored."""
    return Problem(**_known(Problem, data))


def _known(cls: type[_T], data: Mapping[str, JSON]) -> dict[str, JSON]:
    names = {each.name for each in fields(cls)}
    return {key: value for key, value in data.items() if key in names}
