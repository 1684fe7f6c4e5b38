"""``Job``: the class that authors write."""

import sys
from functools import cached_property
from inspect import getsourcefile
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, overload

from django.apps import apps

from .files import Content, JobFileWriter, fill, load_json, load_yaml
from .handle import Handle
from .logger import FAILURE, JobLogger
from .options import class_property, read_option
from .variables import DryRunVar, ScriptVariable

MAX_FILE_BYTES = 1024**3


class Job:
    """Base of all jobs: variables as class attributes, options in ``Meta``, the work in ``run``."""

    class Meta:
        """Options of the job; see the reference."""

    is_base = True
    """Said by a class in its own body: it is for authors to build on and never a job itself."""
    source_line: ClassVar[int] = 0
    """Where the class is written, for those that are made of something else."""
    meta_defaults: ClassVar[dict[str, Any]] = {}
    """Defaults of ``Meta`` that differ from the usual ones; for base classes."""

    name = class_property[str](lambda cls: read_option(cls, "name"))
    description = class_property[str](lambda cls: read_option(cls, "description"))
    dryrun_default = class_property[bool](lambda cls: read_option(cls, "dryrun_default"))
    console_log_default = class_property[bool](lambda cls: read_option(cls, "console_log_default"))
    field_order = class_property[list[str]](lambda cls: list(read_option(cls, "field_order")))
    has_sensitive_variables = class_property[bool](
        lambda cls: read_option(cls, "has_sensitive_variables")
    )
    hidden = class_property[bool](lambda cls: read_option(cls, "hidden"))
    is_singleton = class_property[bool](lambda cls: read_option(cls, "is_singleton"))
    read_only = class_property[bool](lambda cls: read_option(cls, "read_only"))
    soft_time_limit = class_property[int](lambda cls: read_option(cls, "soft_time_limit"))
    time_limit = class_property[int](lambda cls: read_option(cls, "time_limit"))
    task_queues = class_property[list[str]](lambda cls: list(read_option(cls, "task_queues")))
    template_name = class_property[str](lambda cls: read_option(cls, "template_name"))

    @class_property
    def class_path(cls: Any) -> str:  # noqa: N805 - a property of the class
        """``module.Class``."""
        return f"{cls.__module__}.{cls.__name__}"

    class_path_dotted = class_property[str](lambda cls: cls.class_path)
    class_path_js_escaped = class_property[str](lambda cls: cls.class_path.replace(".", r"\."))
    registered_name = class_property[str](lambda cls: cls.class_path)
    description_first_line = class_property[str](
        lambda cls: read_option(cls, "description").split("\n", 1)[0]
    )
    singleton_cache_key = class_property[str](lambda cls: f"jobsmith.jobs.running.{cls.class_path}")

    @class_property
    def grouping(cls: Any) -> str:  # noqa: N805 - a property of the class
        """``name`` of the module that defines the class, else the module's path."""
        name = getattr(sys.modules.get(cls.__module__), "name", None)
        return name if isinstance(name, str) and name else str(cls.__module__)

    @class_property
    def file_path(cls: Any) -> str:  # noqa: N805 - a property of the class
        """The file that defines the class."""
        return getsourcefile(cls) or ""

    @class_property
    def supports_dryrun(cls: Any) -> bool:  # noqa: N805 - a property of the class
        """Whether there is a ``DryRunVar`` named ``dryrun``."""
        return isinstance(getattr(cls, "dryrun", None), DryRunVar)

    @class_property
    def properties_dict(cls: Any) -> dict[str, Any]:  # noqa: N805 - a property of the class
        """The options by name."""
        return {"grouping": cls.grouping} | {name: read_option(cls, name) for name in _PROPERTIES}

    @classmethod
    def variables(cls) -> dict[str, ScriptVariable]:
        """The variables in form order: ``field_order``, then base classes, then as written."""
        written = [name for base in reversed(cls.__mro__) for name in vars(base)]
        found = {
            name: variable
            for name in written
            if isinstance(variable := getattr(cls, name, None), ScriptVariable)
        }
        first = [name for name in read_option(cls, "field_order") if name in found]
        return {name: found[name] for name in (*first, *found)}

    @classmethod
    def validate_data(cls, data: dict[str, Any], files: Any = None) -> dict[str, Any]:
        """Override to refuse inputs that fit one by one but not together.

        ``data`` holds the JSON form of inputs that the form has accepted. Raise Django's
        ``ValidationError``, with a dict to tie sentences to variables.
        """
        return data

    # The life of one run.

    def __init__(self) -> None:
        self._handle: Handle | None = None
        self._failed = False
        self._max_file_bytes = MAX_FILE_BYTES

    def before_start(self, task_id: str, args: Any, kwargs: dict[str, Any]) -> Any:
        """Called before ``run`` with the inputs in their JSON form."""

    def run(self, *args: Any, **kwargs: Any) -> Any:
        """The work; takes every variable by name."""
        raise NotImplementedError(f"{type(self).__name__} has no run().")

    def on_success(self, retval: Any, task_id: str, args: Any, kwargs: dict[str, Any]) -> None:
        """Called when ``run`` returned and nothing called ``fail``."""

    def on_failure(
        self, exc: Any, task_id: str, args: Any, kwargs: dict[str, Any], einfo: Any
    ) -> None:
        """Called with the exception, or with the return value after ``fail``."""

    def after_return(
        self, status: Any, retval: Any, task_id: str, args: Any, kwargs: dict[str, Any], einfo: Any
    ) -> None:
        """Called last, however the run ended."""

    def on_retry(
        self, exc: Any, task_id: str, args: Any, kwargs: dict[str, Any], einfo: Any
    ) -> None:
        """Called in place of the other two when the run will be tried again; see ``retry_on``."""

    # What the run can do.

    @property
    def handle(self) -> Handle:
        """The way out; only while the job runs."""
        if self._handle is None:
            raise RuntimeError("This is only there while the job runs.")
        return self._handle

    @cached_property
    def logger(self) -> JobLogger:
        """Logs to the run."""
        return JobLogger(type(self).__module__, self.handle)

    def fail(self, message: object, *args: object, **kwargs: Any) -> None:
        """Log a failure; the run goes on and will end as failed."""
        self._failed = True
        kwargs.setdefault("stacklevel", 2)
        self.logger.log(FAILURE, message, *args, **kwargs)

    def progress(self, done: float, total: float | None = None, text: str = "") -> None:
        """Show how far the run has come: ``done`` of ``total``, and what it is doing."""
        self.handle.progress(float(done), None if total is None else float(total), str(text))

    @property
    def attempt(self) -> int:
        """Which attempt of the run this is, from 1."""
        return self.handle.attempt

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked the run to stop."""
        return self.handle.cancelled

    @overload
    def create_file(
        self, filename: str, content: None = None, *, content_type: str = ""
    ) -> JobFileWriter: ...
    @overload
    def create_file(
        self, filename: str, content: Content, *, content_type: str = ""
    ) -> JobFileWriter: ...
    def create_file(
        self, filename: str, content: Content | None = None, *, content_type: str = ""
    ) -> JobFileWriter:
        """Make a file of the run.

        With content (text, bytes, an open file, or an iterable of pieces) it is written and
        published at once. Without, write to what is returned and close it, best in a ``with``.
        """
        file = JobFileWriter(
            self.handle,
            filename,
            max_bytes=self._max_file_bytes,
            content_type=content_type,
            published=self._log_file,
        )
        if content is not None:
            fill(file, content)
            file.close()
        return file

    def _log_file(self, file: JobFileWriter) -> None:
        extra = {"grouping": "create_file"}
        self.logger.info("Created file [%s](%s)", file.name, file.url, extra=extra)

    def load_yaml(self, filename: str) -> Any:
        """Content of a YAML file next to this job's source file."""
        return load_yaml(Path(self.file_path).parent, filename)

    def load_json(self, filename: str) -> Any:
        """Content of a JSON file next to this job's source file."""
        return load_json(Path(self.file_path).parent, filename)

    # Records, loaded when first asked for.

    @property
    def request(self) -> SimpleNamespace:
        """``request.id`` is the id of the run."""
        return SimpleNamespace(id=self.handle.result_id)

    @cached_property
    def job_result(self) -> Any:
        """The record of this run."""
        return apps.get_model("jobsmith", "JobResult").objects.get(pk=self.handle.result_id)

    @cached_property
    def job_model(self) -> Any:
        """The record of this job; None when it is gone."""
        jobs = apps.get_model("jobsmith", "Job").objects
        return jobs.filter(pk=self.handle.job_id).first() if self.handle.job_id else None

    @cached_property
    def celery_kwargs(self) -> dict[str, Any]:
        """Options with which the run was asked for."""
        return dict(self.job_result.celery_kwargs or {})

    @cached_property
    def user(self) -> Any:
        """Who asked for the run; None when nobody did, or when they are gone."""
        user_id = self.handle.user_id
        field = apps.get_model("jobsmith", "JobResult")._meta.get_field("user")
        users = field.related_model._default_manager
        return users.filter(pk=user_id).first() if user_id else None


_PROPERTIES = (
    "name",
    "console_log_default",
    "description",
    "hidden",
    "soft_time_limit",
    "time_limit",
    "has_sensitive_variables",
    "task_queues",
    "is_singleton",
    "template_name",
)
