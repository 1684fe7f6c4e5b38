"""Addresses of the pages."""

from django.urls import path

from jobsmith.streams.view import run_stream

from .views import (
    catalogue,
    files,
    health,
    job,
    job_edit,
    lines,
    objects,
    problems,
    run,
    run_form,
    runs,
    sign_in,
)

app_name = "jobsmith"

urlpatterns = [
    path("", catalogue.catalogue, name="index"),
    path("jobs/<uuid:pk>/", job.job_detail, name="job"),
    path("jobs/<uuid:pk>/run/", run_form.job_run, name="job_run"),
    path("jobs/<uuid:pk>/run/field/<str:name>/", run_form.job_run_field, name="job_run_field"),
    path("jobs/<uuid:pk>/edit/", job_edit.job_edit, name="job_edit"),
    path("runs/", runs.run_list, name="runs"),
    path("runs/<uuid:pk>/", run.run_detail, name="run"),
    path("runs/<uuid:pk>/steps/", run.run_steps, name="run_steps"),
    path("runs/<uuid:pk>/cancel/", run.run_cancel, name="run_cancel"),
    path("runs/<uuid:pk>/rerun/", run.run_rerun, name="run_rerun"),
    path("runs/<uuid:pk>/stream/", run_stream, name="run_stream"),
    path("runs/<uuid:pk>/state/", lines.run_state, name="run_state"),
    path("runs/<uuid:pk>/log/", lines.run_log, name="run_log"),
    path("runs/<uuid:pk>/log/download/", lines.run_log_download, name="run_log_download"),
    path("runs/<uuid:pk>/console/", lines.run_console, name="run_console"),
    path(
        "runs/<uuid:pk>/console/download/",
        lines.run_console_download,
        name="run_console_download",
    ),
    path("runs/<uuid:pk>/tables/<int:number>/", run.run_result_csv, name="run_table"),
    path("runs/<uuid:pk>/files/<uuid:file>/", files.run_file, name="run_file"),
    path("problems/", problems.problem_list, name="problems"),
    path("objects/", objects.object_list, name="objects"),
    path("sign-in/", sign_in.SignIn.as_view(), name="sign_in"),
    path("sign-out/", sign_in.SignOut.as_view(), name="sign_out"),
    path("theme/", sign_in.theme, name="theme"),
    path("-/live", health.live, name="live"),
    path("-/ready", health.ready, name="ready"),
]
