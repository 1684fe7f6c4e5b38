"""``nautobot.extras.choices``: values that jobs compare with or pass on."""

from typing import ClassVar

from jobsmith.lifecycle import Status

__all__ = [
    "CustomFieldTypeChoices",
    "JobExecutionType",
    "JobQueueTypeChoices",
    "JobResultStatusChoices",
    "LogLevelChoices",
    "ObjectChangeActionChoices",
    "ObjectChangeEventContextChoices",
]


class ChoiceSet:
    """Values with labels; iterating over the class gives the pairs."""

    CHOICES: ClassVar[tuple[tuple[str, str], ...]] = ()

    @classmethod
    def values(cls) -> list[str]:
        """The values."""
        return [value for value, _ in cls.CHOICES]

    @classmethod
    def as_dict(cls) -> dict[str, str]:
        """Labels by value."""
        return dict(cls.CHOICES)


class JobResultStatusChoices(ChoiceSet):
    """Statuses of a run; hooks get these very objects."""

    STATUS_FAILURE = Status.FAILURE
    STATUS_PENDING = Status.PENDING
    STATUS_REVOKED = Status.REVOKED
    STATUS_STARTED = Status.STARTED
    STATUS_SUCCESS = Status.SUCCESS
    STATUS_IGNORED = "IGNORED"
    STATUS_RECEIVED = "RECEIVED"
    STATUS_REJECTED = "REJECTED"
    STATUS_RETRY = "RETRY"
    """No run here has one of the last four."""

    CHOICES = tuple((each, each) for each in Status)
    READY_STATES = frozenset({STATUS_SUCCESS, STATUS_FAILURE, STATUS_REVOKED})
    UNREADY_STATES = frozenset({"PENDING", "RECEIVED", "STARTED", "REJECTED", "RETRY"})
    EXCEPTION_STATES = frozenset({"RETRY", "FAILURE", "REVOKED"})
    PROPAGATE_STATES = frozenset({"FAILURE", "REVOKED"})


def _titled(*values: str) -> tuple[tuple[str, str], ...]:
    return tuple((value, value.capitalize()) for value in values)


class LogLevelChoices(ChoiceSet):
    """Levels of log lines."""

    LOG_DEBUG = "debug"
    LOG_INFO = "info"
    LOG_SUCCESS = "success"
    LOG_WARNING = "warning"
    LOG_FAILURE = "failure"
    LOG_ERROR = "error"
    LOG_CRITICAL = "critical"

    CHOICES = _titled("debug", "info", "success", "warning", "failure", "error", "critical")


class JobExecutionType(ChoiceSet):
    """When a schedule runs its job."""

    TYPE_IMMEDIATELY = "immediately"
    TYPE_FUTURE = "future"
    TYPE_HOURLY = "hourly"
    TYPE_DAILY = "daily"
    TYPE_WEEKLY = "weekly"
    TYPE_CUSTOM = "custom"

    CHOICES = (
        ("immediately", "Once immediately"),
        ("future", "Once in the future"),
        ("hourly", "Recurring hourly"),
        ("daily", "Recurring daily"),
        ("weekly", "Recurring weekly"),
        ("custom", "Recurring custom"),
    )
    SCHEDULE_CHOICES = ("future", "hourly", "daily", "weekly", "custom")
    RECURRING_CHOICES = ("hourly", "daily", "weekly", "custom")


class JobQueueTypeChoices(ChoiceSet):
    """Kinds of queues."""

    TYPE_CELERY = "celery"
    TYPE_KUBERNETES = "kubernetes"

    CHOICES = _titled("celery", "kubernetes")


class ObjectChangeActionChoices(ChoiceSet):
    """What happened to a record."""

    ACTION_CREATE = "create"
    ACTION_UPDATE = "update"
    ACTION_DELETE = "delete"

    CHOICES = (("create", "Created"), ("update", "Updated"), ("delete", "Deleted"))


class ObjectChangeEventContextChoices(ChoiceSet):
    """Through which door a record was changed."""

    CONTEXT_WEB = "web"
    CONTEXT_JOB = "job"
    CONTEXT_JOB_HOOK = "job-hook"
    CONTEXT_ORM = "orm"
    CONTEXT_UNKNOWN = "unknown"

    CHOICES = (
        ("web", "Web"),
        ("job", "Job"),
        ("job-hook", "Job hook"),
        ("orm", "ORM"),
        ("unknown", "Unknown"),
    )


class CustomFieldTypeChoices(ChoiceSet):
    """Kinds of custom fields, for code that names them; there are no custom fields here."""

    TYPE_TEXT = "text"
    TYPE_INTEGER = "integer"
    TYPE_BOOLEAN = "boolean"
    TYPE_DATE = "date"
    TYPE_URL = "url"
    TYPE_SELECT = "select"
    TYPE_MULTISELECT = "multi-select"
    TYPE_JSON = "json"
    TYPE_MARKDOWN = "markdown"

    CHOICES = _titled("text", "integer", "boolean", "date", "url", "select", "multi-select")
