"""Files that a run makes, and files beside its code."""

import csv
import io

from nautobot.apps.jobs import IntegerVar, Job, register_jobs

name = "Report files"


class WritesFiles(Job):
    def run(self):
        table = io.StringIO()
        csv.writer(table).writerows([("day", "visits"), ("mon", 12)])
        made = self.create_file("visits.csv", table.getvalue())
        self.create_file("raw.bin", b"\x00\x01")
        return made.name


class ReadsFilesBeside(Job):
    def run(self):
        return [self.load_yaml("limits.yaml"), self.load_json("limits.json")]


class NamesFilesBadly(Job):
    times = IntegerVar(default=1)

    def run(self, times):
        self.create_file("../escape.txt", "no" * times)


register_jobs(WritesFiles, ReadsFilesBeside, NamesFilesBadly)
