"""Tags."""

from django.db.models import Count, QuerySet

from jobsmith.filters.tables import TAGS
from jobsmith.models import Tag
from jobsmith.policies import Actor

from ..records import ColorField, KindsField, RecordForm, RecordPages


class TagForm(RecordForm):
    """A tag."""

    color = ColorField(label="Colour")
    content_types = KindsField(
        required=False, label="For", help_text="Kinds of record that may carry it; empty means all."
    )

    class Meta:
        model = Tag
        fields = ("name", "color", "description", "content_types")


class TagPages(RecordPages[Tag]):
    """Tags."""

    model = Tag
    form_class = TagForm
    table = TAGS
    name = "tag"
    list_name = place = "tags"
    one, many = "tag", "tags"
    lead = "Words to find jobs and queues by."
    gone = "The jobs and queues that carry it stay, without it."
    rows_template = "tags/rows.html"

    def listed(self, rows: QuerySet[Tag], user: Actor) -> QuerySet[Tag]:
        """With how many carry them."""
        return rows.annotate(
            job_count=Count("jobs", distinct=True), queue_count=Count("job_queues", distinct=True)
        )
