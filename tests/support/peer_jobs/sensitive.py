"""Inputs are kept out of sight unless a job says that they need not be."""

from nautobot.apps.jobs import Job, StringVar, register_jobs


class KeepsItsInputs(Job):
    word = StringVar()

    def run(self, word):
        return len(word)


class ShowsItsInputs(KeepsItsInputs):
    class Meta:
        has_sensitive_variables = False


class NeverRegistered(Job):
    def run(self):
        return "nobody asks"


register_jobs(KeepsItsInputs, ShowsItsInputs)
