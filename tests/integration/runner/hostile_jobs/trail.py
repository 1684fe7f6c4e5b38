"""Jobs that change records."""

import threading

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Concat

from jobsmith.jobs import BooleanVar, Job, register_jobs
from jobsmith.models import Job as JobRecord
from jobsmith.models import Tag
from jobsmith_server.inventory.models import Device, Site

name = "Trail"


class Changes(Job):
    """Creates, edits and deletes, with and without a transaction of its own."""

    def run(self):
        site = Site.objects.create(name="Hall")
        Device.objects.create(site=site, name="sw1")
        site.city = Concat(Value("Ber"), Value("lin"))
        site.save(update_fields=["city"])
        site.refresh_from_db()
        site.save()  # nothing changes
        with transaction.atomic():
            Site.objects.get(pk=site.pk).delete()


class RollsBack(Job):
    dryrun = BooleanVar(default=True)

    def run(self, dryrun):
        with transaction.atomic():
            Site.objects.create(name="Tower")
            transaction.set_rollback(True)
        try:
            with transaction.atomic():
                Site.objects.create(name="Cellar")
                raise ValueError
        except ValueError:
            pass
        Site.objects.create(name="Kept")


class Tags(Job):
    """Changes a relation from both of its sides."""

    def run(self):
        job, tag = JobRecord.objects.get(), Tag.objects.create(name="red", color="ff0000")
        job.tags.add(tag)
        job.tags.add(tag)  # it is there already
        tag.jobs.remove(job)
        tag.jobs.add(job)
        tag.jobs.clear()


class ChangesPassword(Job):
    def run(self):
        user = get_user_model().objects.get()
        user.save()  # nothing changes
        user.set_password("another one")
        user.save()


class InThreads(Job):
    def run(self):
        threads = [
            threading.Thread(target=Site.objects.create, kwargs={"name": f"s{number}"})
            for number in range(2)
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join()


class SavesInTransactions(Job):
    """Its saves come first in their transactions, while the log is written beside them."""

    def run(self):
        site = Site.objects.create(name="Busy")
        for number in range(200):
            self.logger.info("line %s", number)
            with transaction.atomic():
                site.city = f"city {number}"
                site.save()


register_jobs(Changes, RollsBack, Tags, ChangesPassword, InThreads, SavesInTransactions)
