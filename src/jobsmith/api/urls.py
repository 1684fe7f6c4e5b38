"""Addresses of the REST door, below ``api/``."""

from django.apps import apps
from django.urls import URLPattern, URLResolver, include, path, re_path

from .router import WireRouter
from .views.access import GroupViewSet, PermissionViewSet, TokenViewSet, UserViewSet
from .views.approvals import (
    ApprovalWorkflowStageViewSet,
    ApprovalWorkflowViewSet,
    DefinitionViewSet,
    ResponseViewSet,
    StageDefinitionViewSet,
)
from .views.buttons import ButtonViewSet
from .views.calendars import CalendarViewSet
from .views.docs import DocsView, SchemaView
from .views.hooks import HookViewSet
from .views.jobs import JobViewSet
from .views.metrics import MetricsView
from .views.notes import NoteViewSet
from .views.notifications import (
    DeliveryViewSet,
    NotificationRuleViewSet,
    NotificationViewSet,
)
from .views.queues import QueueViewSet
from .views.records import (
    AssignmentViewSet,
    ChangeViewSet,
    GraphQLQueryViewSet,
    TagViewSet,
)
from .views.repositories import RepositoryViewSet
from .views.results import FileViewSet, LogEntryViewSet, ResultViewSet
from .views.roots import ApiRootView, ExtrasRootView, StatusView, UsersRootView, no_such_address
from .views.schedules import ScheduledJobViewSet
from .views.stream import result_stream
from .views.webhooks import WebhookViewSet
from .views.workers import WorkerViewSet

app_name = "jobsmith-api"

extras = WireRouter()
extras.register(
    "approval-workflow-definitions", DefinitionViewSet, basename="approval-workflow-definition"
)
extras.register(
    "approval-workflow-stage-definitions",
    StageDefinitionViewSet,
    basename="approval-workflow-stage-definition",
)
extras.register(
    "approval-workflow-stage-responses",
    ResponseViewSet,
    basename="approval-workflow-stage-response",
)
extras.register(
    "approval-workflow-stages", ApprovalWorkflowStageViewSet, basename="approval-workflow-stage"
)
extras.register("approval-workflows", ApprovalWorkflowViewSet, basename="approval-workflow")
extras.register("file-proxies", FileViewSet, basename="file-proxy")
extras.register("git-repositories", RepositoryViewSet, basename="git-repository")
extras.register("graphql-queries", GraphQLQueryViewSet, basename="graphql-query")
extras.register("job-buttons", ButtonViewSet, basename="job-button")
extras.register("job-hooks", HookViewSet, basename="job-hook")
extras.register("job-logs", LogEntryViewSet, basename="job-log")
extras.register("job-queue-assignments", AssignmentViewSet, basename="job-queue-assignment")
extras.register("job-queues", QueueViewSet, basename="job-queue")
extras.register("job-results", ResultViewSet, basename="job-result")
extras.register("job-webhooks", WebhookViewSet, basename="job-webhook")
extras.register("jobs", JobViewSet, basename="job")
extras.register("notes", NoteViewSet, basename="note")
extras.register("notification-deliveries", DeliveryViewSet, basename="notification-delivery")
extras.register("notification-rules", NotificationRuleViewSet, basename="notification-rule")
extras.register("notifications", NotificationViewSet, basename="notification")
extras.register("object-changes", ChangeViewSet, basename="object-change")
extras.register("blackout-calendars", CalendarViewSet, basename="blackout-calendar")
extras.register("scheduled-jobs", ScheduledJobViewSet, basename="scheduled-job")
extras.register("tags", TagViewSet, basename="tag")
extras.register("workers", WorkerViewSet, basename="worker")

users = WireRouter()
users.register("groups", GroupViewSet, basename="group")
users.register("permissions", PermissionViewSet, basename="permission")
users.register("tokens", TokenViewSet, basename="token")
users.register("users", UserViewSet, basename="user")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", ApiRootView.as_view(), name="root"),
    path("status/", StatusView.as_view(), name="status"),
    path("metrics/", MetricsView.as_view(), name="metrics"),
    path("extras/", ExtrasRootView.as_view(), name="extras-root"),
    path("extras/job-results/<uuid:pk>/stream/", result_stream, name="job-result-stream"),
    path("extras/", include(extras.urls)),
    path("users/", UsersRootView.as_view(), name="users-root"),
    path("users/", include(users.urls)),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("swagger.json", SchemaView.as_view(), name="swagger-json"),
]

if apps.is_installed("drf_spectacular") and apps.is_installed("drf_spectacular_sidecar"):
    urlpatterns.append(path("docs/", DocsView.as_view(), name="docs"))

# Last, and only with a slash at the end: Django redirects an address that merely lacks it.
urlpatterns.append(re_path(r"^(?:.*/)?$", no_such_address))
