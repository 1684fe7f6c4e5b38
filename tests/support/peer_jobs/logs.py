"""Log lines of every level, with all that can go with them."""

import logging

from django.db import transaction
from nautobot.apps.jobs import Job, register_jobs

from jobsmith_server.inventory.models import Site


class LogsAtEveryLevel(Job):
    def run(self):
        for level in ("debug", "info", "success", "warning", "failure", "error", "critical"):
            getattr(self.logger, level)("At level %s", level)
        self.logger.info("About a site", extra={"object": Site(name="Oslo")})
        self.logger.info("In a group", extra={"grouping": "errands"})
        self.logger.info("Only on the console", extra={"skip_db_logging": True})
        self.helper()
        try:
            raise KeyError("lost")
        except KeyError:
            self.logger.exception("An accident")

    def helper(self):
        self.logger.info("Said by a helper")
        logging.getLogger("some.library").warning("Said by a library")


class RollsBack(Job):
    """Undoes its changes; what it logged stays."""

    def run(self):
        with transaction.atomic():
            Site.objects.create(name="Atlantis")
            self.logger.info("Made a site", extra={"object": Site(name="Atlantis")})
            raise RuntimeError("It sank.")


register_jobs(LogsAtEveryLevel, RollsBack)
