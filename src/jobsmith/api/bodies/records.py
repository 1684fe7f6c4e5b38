"""Bodies of queues, assignments, tags, notes and saved queries."""

from rest_framework import serializers

from jobsmith.models import GraphQLQuery, Job, JobQueue, JobQueueAssignment, Note, Tag

from .base import ContentTypes, RecordBody, RelatedChoice


class Tags(serializers.ListField):
    """Tags by id or name."""

    child = RelatedChoice(Tag)


class QueueBody(RecordBody):
    """A queue."""

    tags = Tags(required=False)

    class Meta:
        model = JobQueue
        fields = ("name", "description", "queue_type", "tags")
        extra_kwargs = {"queue_type": {"required": True}}


class AssignmentBody(RecordBody):
    """A queue that runs of a job may wait in."""

    job = RelatedChoice(Job)
    job_queue = RelatedChoice(JobQueue)

    class Meta:
        model = JobQueueAssignment
        fields = ("job", "job_queue")


class TagBody(RecordBody):
    """A tag."""

    content_types = ContentTypes(required=False)

    class Meta:
        model = Tag
        fields = ("name", "color", "description", "content_types")


class NoteBody(RecordBody):
    """What a note says."""

    class Meta:
        model = Note
        fields = ("note",)


class GraphQLQueryBody(RecordBody):
    """A saved query."""

    class Meta:
        model = GraphQLQuery
        fields = ("name", "query", "variables")
