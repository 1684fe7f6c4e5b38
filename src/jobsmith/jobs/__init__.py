"""What job authors import. Needs neither settings nor a database."""

from .base import Job
from .concurrency import Limit
from .describe import describe, describe_all
from .function import job
from .limits import RunJobTaskFailed, SoftTimeLimitExceeded
from .receivers import JobButtonReceiver, JobHookReceiver, is_job
from .registry import register_jobs
from .returned import Markdown, Table
from .variables import (
    BooleanVar,
    ChoiceVar,
    DateTimeVar,
    DateVar,
    DryRunVar,
    FileVar,
    FloatVar,
    IntegerVar,
    IPAddressVar,
    IPAddressWithMaskVar,
    IPNetworkVar,
    JSONVar,
    MultiChoiceVar,
    MultiObjectVar,
    ObjectVar,
    ScriptVariable,
    SecretVar,
    StringVar,
    TextVar,
    is_variable,
)

__all__ = [
    "Job",
    "job",
    "Limit",
    "JobButtonReceiver",
    "JobHookReceiver",
    "register_jobs",
    "BooleanVar",
    "ChoiceVar",
    "DateTimeVar",
    "DateVar",
    "DryRunVar",
    "FileVar",
    "FloatVar",
    "IPAddressVar",
    "IPAddressWithMaskVar",
    "IPNetworkVar",
    "IntegerVar",
    "JSONVar",
    "MultiChoiceVar",
    "MultiObjectVar",
    "ObjectVar",
    "ScriptVariable",
    "SecretVar",
    "StringVar",
    "TextVar",
    "Markdown",
    "Table",
    "RunJobTaskFailed",
    "SoftTimeLimitExceeded",
    "describe",
    "describe_all",
    "is_job",
    "is_variable",
]
