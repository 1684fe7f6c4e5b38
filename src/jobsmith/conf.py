"""The one reader of ``settings.JOBSMITH``."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

from .isolation import Isolation

START_METHODS = ("fork", "spawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conf:
    """Settings of Jobsmith with their defaults; ``settings.JOBSMITH`` has the upper-case names."""

    home: Path = Path(".jobsmith")
    """Folder of all state that is not in the database: trees, files, spool, sockets."""
    jobs_root: Path | None = None
    """Folder of job files; None serves only installed apps."""
    command: str = "python manage.py jobsmith"
    """How people call Jobsmith in a shell, for the commands that pages show."""
    places: tuple[tuple[str, ...], ...] = ()
    """Pages of the host in the menu of ours: title, name of the address, and where it is not for
    everybody the ``app_label.model`` that one must be allowed to see."""
    sign_in_with: tuple[tuple[str, str], ...] = ()
    """Other ways to sign in, beside name and password: (title, name of the address)."""
    public_url: str = ""
    """Where people reach the pages, as ``https://jobs.example.com``: links in messages begin so."""
    engine: str = "local"
    broker_url: str = field(default="", repr=False)
    """Where the messages of the engine ``celery`` go; it may hold a password."""
    default_queue: str = "default"
    soft_time_limit: float = 300
    """Seconds until a job without its own limit is asked to stop."""
    time_limit: float = 600
    """Seconds until a job without its own limit is ended."""
    slots: int = 4
    """Runs a worker takes at once."""
    start_method: str = "fork"
    """``fork`` (from a warm process) or ``spawn``."""
    drain_seconds: float = 300
    """How long a worker that was asked to stop waits for its runs."""
    cancel_grace: float = 5
    """Seconds between SIGTERM and SIGKILL of a cancelled or overdue run."""
    memory_limit: int = 2 * 1024**3
    """Bytes of address space a run may grow to use as data; 0 means no limit."""
    process_limit: int = 256
    """Processes a run may hold at once; 0 means no limit."""
    control_groups: bool = True
    """Whether runs are counted by control groups where possible; a watcher counts otherwise."""
    isolation: Mapping[str, str] = field(default_factory=dict)
    """Level of sources by their keys (``folder``, ``app:inventory``); others are ``process``."""
    sandbox_environment: tuple[str, ...] = ()
    """Environment variables that the settings of the host need inside a sandbox."""
    read_with_database: bool = False
    """Whether code of Git repositories at the level ``process`` has the database, and what the
    server knows, already while it is read: before anybody enabled its jobs."""
    inspect_seconds: float = 10
    inspect_memory: int = 1024**3
    options_seconds: float = 2
    git_fetch_seconds: float = 120
    """How long fetching a commit may take."""
    git_fetch_bytes: int = 1024**3
    """Most that a server may send of a commit."""
    git_fetch_memory: int = 1024**3
    """Most memory that fetching a commit may take."""
    git_allowed_networks: tuple[str, ...] = ()
    """Networks to fetch from although they are loopback, link-local, multicast or a cloud's own."""
    notify_allowed_networks: tuple[str, ...] = ()
    """Networks that webhooks and services may be in although they are not public."""
    packages_seconds: float = 300
    """How long installing the packages that a source asks for may take."""
    packages_bytes: int = 4 * 1024**3
    """Most that the packages of one source may hold."""
    max_result_bytes: int = 1024 * 1024
    """A longer return value becomes a typed note."""
    max_message_chars: int = 64 * 1024
    """A longer log message is cut, saying so."""
    max_file_bytes: int = 1024**3
    """Largest file a job may create, and largest upload."""
    max_run_files: int = 1000
    """Most files that one run may make."""
    max_run_file_bytes: int = 4 * 1024**3
    """Most that all files of one run may hold."""
    max_input_bytes: int = 4 * 1024**2
    """Most that the inputs of a run may take as JSON, uploads aside."""
    accept_without_worker: bool = False
    schedule_sensitive: bool = False
    """Whether jobs whose inputs are all secret may be scheduled, with their inputs sealed."""
    approval_four_eyes: bool = True
    """Whether whoever asked for a run is kept from approving it."""
    approval_dryrun_exempt: bool = False
    """Whether dry runs need no approval."""
    approval_days: float = 7
    """How long a request waits for a decision before it is cancelled; 0 means for ever."""
    sanitizer_patterns: tuple[tuple[str, str], ...] = ()
    """Extra (regex, replacement) pairs for redaction."""
    tracked_models: tuple[str, ...] = ()
    """Models of the host whose changes are noted wherever they are made: ``app.model``, ``app``,
    or ``all``."""
    audit_secret_fields: tuple[str, ...] = ()
    """Columns of the host (``app.model.field``) whose values never stand in the trail."""
    secret_keys: tuple[str, ...] = ()
    """Keys that seal inputs, newest first; empty derives one from ``SECRET_KEY``."""
    keep_trees: int = 100
    """Code versions kept in the database beside those that serve or that runs wait for."""
    keep_days: int = 90
    """Days that a run is kept after its end; 0 keeps it for ever. A job may say otherwise."""
    keep_failed_days: int = 180
    """The same for runs that did not succeed."""
    keep_runs: int = 0
    """Runs kept of each job, newest first; 0 means all."""
    archive_root: Path | None = None
    """Folder that runs are written to before they are deleted; None writes them nowhere."""
    max_streams: int = 1000
    enabled_on_create: tuple[str, ...] = ()
    """Sources (``folder``, ``app:label``) whose new jobs start enabled: shipped examples."""
    sync_on_migrate: bool = True
    """Whether ``migrate`` reads the sources of jobs."""
    run_as_user: str = ""
    """User that runs jobs when the worker is root; "" makes one where it can."""
    page_size: int = 50
    max_page_size: int = 1000
    graphql_mutations: bool = True
    """Whether GraphQL may change things; off, it answers queries only."""


@cache
def conf() -> Conf:
    """The settings in force; raises ImproperlyConfigured naming an unknown key."""
    given = {key.lower(): value for key, value in getattr(settings, "JOBSMITH", {}).items()}
    unknown = given.keys() - {each.name for each in fields(Conf)}
    if unknown:
        names = ", ".join(sorted(key.upper() for key in unknown))
        raise ImproperlyConfigured(f"JOBSMITH has unknown keys: {names}.")
    for key, level in given.get("isolation", {}).items():
        if level not in set(Isolation):
            known = ", ".join(Isolation)
            raise ImproperlyConfigured(f"ISOLATION of {key} is {level!r}, and not one of: {known}.")
    for key in ("home", "jobs_root", "archive_root"):
        if given.get(key):
            given[key] = Path(given[key]).resolve()
    return Conf(**given)


def _forget(*, setting: str, **_: object) -> None:
    if setting == "JOBSMITH":
        conf.cache_clear()


setting_changed.connect(_forget)
