"""What an honest job of a sandboxed source finds."""

import os

from jobsmith.jobs import FileVar, Job, MultiObjectVar, ObjectVar, StringVar, register_jobs


class Looks(Job):
    """Nothing of the machine but what it needs."""

    def run(self):
        return {
            "home": os.environ.get("HOME"),
            "level": os.environ.get("JOBSMITH_SANDBOX", ""),
            "tmp": os.listdir(os.environ.get("TMPDIR", "/tmp")),
            "pids": sum(each.isdecimal() for each in os.listdir("/proc")),
        }


class Counts(Job):
    def run(self):
        from jobsmith.models import Tag

        Tag.objects.create(name=os.urandom(4).hex())
        return Tag.objects.count()


class Reads(Job):
    paper = FileVar()

    def run(self, paper):
        with paper:
            return [paper.name, paper.read().decode()]


class Holds(Job):
    tag = ObjectVar(model="jobsmith.Tag")
    tags = MultiObjectVar(model="jobsmith.Tag")

    def run(self, tag, tags):
        try:
            tag.save()
        except AttributeError as error:
            refusal = str(error)
        return [str(tag), tag.name, str(tag.pk), tag.model, [each.name for each in tags], refusal]


class Greets(Job):
    word = StringVar(default=lambda: os.environ.get("JOBSMITH_SANDBOX", "none"))

    def run(self, word):
        self.create_file("greeting.txt", f"Hello, {word}")
        return word


register_jobs(Looks, Counts, Reads, Holds, Greets)
