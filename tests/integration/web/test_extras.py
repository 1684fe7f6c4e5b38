"""Addresses that people coming from elsewhere have in their bookmarks."""

import pytest
from django.test import Client

from tests.support import factories as make

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("jobs/?q=x", "/?q=x"),
        ("jobs/{job}/", "/jobs/{job}/"),
        ("jobs/{job}/edit/", "/jobs/{job}/edit/"),
        ("jobs/{job}/delete/", "/jobs/{job}/delete/"),
        ("jobs/edit/?pk={job}", "/jobs/edit/?pk={job}"),
        ("jobs/delete/", "/jobs/delete/"),
        ("jobs/{job}/run/?kwargs_from_job_result={run}", "/jobs/{job}/run/?from={run}"),
        ("jobs/pings.Ping/run/", "/jobs/{job}/run/"),
        ("job-results/", "/runs/"),
        ("job-results/{run}/", "/runs/{run}/"),
        ("job-results/{run}/delete/", "/runs/{run}/delete/"),
        ("job-results/{run}/log-table/", "/runs/{run}/?tab=log"),
        ("job-results/{run}/job-console-entries/", "/runs/{run}/?tab=console"),
        ("job-results/{run}/export-job-console-entries/", "/runs/{run}/console/download/"),
        ("job-queues/", "/queues/"),
        ("job-queues/add/", "/queues/add/"),
        ("job-queues/{queue}/edit/", "/queues/{queue}/"),
        ("job-queues/{queue}/delete/", "/queues/{queue}/delete/"),
        ("tags/", "/tags/"),
        ("graphql-queries/", "/graphql/queries/"),
        ("object-changes/", "/access/audit/"),
        ("object-changes/{run}/", "/access/audit/{run}/"),
    ],
)
def test_addresses_from_elsewhere_lead_to_our_pages(client, theirs, ours):
    run = make.make_result()
    known = {"job": run.job_model_id, "run": run.pk, "queue": run.job_queue_id}
    answer = client.get(f"/extras/{theirs.format(**known)}")
    assert answer.status_code == 302
    assert answer["Location"] == ours.format(**known)


def test_a_class_is_looked_up_only_among_jobs_that_one_may_run(client, stranger):
    make.make_job()
    assert stranger.get("/extras/jobs/pings.Ping/run/").status_code == 403
    assert client.get("/extras/jobs/pings.Nothing/run/").status_code == 404
    assert client.get("/extras/jobs/Ping/run/").status_code == 404
    assert Client().get("/extras/jobs/").status_code == 302
