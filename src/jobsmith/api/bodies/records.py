"""Bodies of queues, assignments, tags, notes and saved queries."""

from jobsmith.models import GraphQLQuery, Job, JobQueue, JobQueueAssignment, Note, Tag

from .base import BoundedList, ContentTypes, RecordBody, RelatedChoice


class Tags(BoundedList):
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
