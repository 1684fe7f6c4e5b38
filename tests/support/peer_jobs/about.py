"""What a job says of itself, and what it knows of its run."""

import datetime
import uuid

from nautobot.core.celery import register_jobs
from nautobot.extras.jobs import Job, StringVar, get_task_logger

from jobsmith_server.inventory.models import Site

name = "Self-description"
logger = get_task_logger(__name__)


class SaysEverything(Job):
    second = StringVar(default="b")
    first = StringVar(default="a")

    class Meta:
        name = "Says everything"
        description = """
            First line.

            More of it.
        """
        dryrun_default = False
        console_log_default = True
        field_order = ["first", "second"]
        has_sensitive_variables = True
        hidden = True
        read_only = True
        soft_time_limit = 30
        time_limit = 60
        task_queues = ["priority", "bulk"]

    def run(self, first, second):
        return first + second


class InheritsItsMeta(SaysEverything):
    third = StringVar(default="c")
    description = "A plain attribute wins."

    class Meta(SaysEverything.Meta):
        name = "Inherits"
        hidden = False

    def run(self, first, second, third):
        return first + second + third


class KnowsItsRun(Job):
    class Meta:
        has_sensitive_variables = False

    def run(self):
        return {
            "id": self.request.id == str(self.job_result.id),
            "job": self.job_model.name,
            "user": self.user.username,
            "path": [self.class_path, self.class_path_dotted, self.registered_name],
            "escaped": self.class_path_js_escaped,
            "group": self.grouping,
            "queue": self.celery_kwargs["queue"],
            "properties": sorted(self.properties_dict),
        }


class ReturnsAllSorts(Job):
    def run(self):
        return {
            "day": datetime.date(2026, 2, 3),
            "id": uuid.UUID(int=7),
            "pair": (1, 2),
            "set": {3},
            "bytes": b"text",
            "error": ValueError("bad"),
            "site": Site.objects.create(name="Riga"),
        }


register_jobs(SaysEverything, InheritsItsMeta, KnowsItsRun, ReturnsAllSorts)
