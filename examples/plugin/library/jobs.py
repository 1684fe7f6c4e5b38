"""Jobs of the library."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from jobsmith.jobs import (
    Job,
    JobButtonReceiver,
    JobHookReceiver,
    ObjectVar,
    StringVar,
    register_jobs,
)

from .models import Book

name = "Library"


class Lend(Job):
    """Lends a book for as long as the plugin's settings say."""

    book = ObjectVar(model=Book, display_field="title")
    reader = StringVar(max_length=100)

    class Meta:
        description = "Lend a book."

    def run(self, book: Book, reader: str) -> str:
        days = settings.PLUGINS_CONFIG.get("library", {}).get("days", 14)
        book.reader, book.due = reader, timezone.localdate() + timedelta(days=days)
        book.save()
        self.logger.success("Lent", extra={"object": book})
        return f"{book} goes to {reader} for {days} days"


class TakeBack(JobButtonReceiver):
    """For a button on a book's page."""

    def receive_job_button(self, obj: Book) -> None:
        obj.reader, obj.due = "", None
        obj.save()


class HearOfBooks(JobHookReceiver):
    """Hears of changes of books."""

    def receive_job_hook(self, change: object, action: str, changed_object: Book | None) -> str:
        return f"{action}: {changed_object}"


register_jobs(Lend, TakeBack, HearOfBooks)
