"""Files that go into a run and come out of it."""

from django.conf import settings
from django.core.files.storage import FileSystemStorage, Storage
from django.db import models

from jobsmith.conf import conf

from .base import Record
from .job_result import JobResult
from .scheduled_job import ScheduledJob


def file_storage() -> Storage:
    """Where contents lie: ``files`` in the home folder."""
    return FileSystemStorage(location=conf().home / "files")


def file_path(instance: "JobFile", filename: str) -> str:
    """Contents are stored by id, so a hostile name never reaches the file system."""
    return f"{instance.pk.hex[:2]}/{instance.pk.hex}"


class JobFile(Record):
    """A file, called a file proxy on the wire."""

    class Kind(models.TextChoices):
        """Which way it went."""

        INPUT = "input"
        OUTPUT = "output"

    name = models.CharField(max_length=255)
    file = models.FileField(storage=file_storage, upload_to=file_path, max_length=255)
    size = models.PositiveBigIntegerField(default=0)
    content_type = models.CharField(max_length=100, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.OUTPUT)
    uploaded_at = models.DateTimeField(auto_now_add=True)
    job_result = models.ForeignKey(JobResult, models.CASCADE, null=True, related_name="files")
    scheduled_job = models.ForeignKey(
        ScheduledJob, models.CASCADE, null=True, editable=False, related_name="files"
    )
    """The request that waits for approval with it."""
    sha256 = models.CharField(max_length=64, blank=True, editable=False)
    """Of the content of an upload that approval was asked for."""
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("name",)
        get_latest_by = "uploaded_at"

    def __str__(self) -> str:
        return self.name
