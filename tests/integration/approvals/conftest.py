"""Who asks, and who decides."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from jobsmith.models import Job, Worker
from tests.support.approvals import gated_job, make_approver
from tests.support.factories import make_user, make_worker


@pytest.fixture
def worker(db: None) -> Worker:
    return make_worker(beat_at=timezone.now() + timedelta(hours=1))


@pytest.fixture
def olga(worker: Worker) -> Any:
    """May run jobs, and see her requests."""
    return make_user("olga", "view_job", "run_job", "view_jobresult", "view_approvalworkflow")


@pytest.fixture
def anna(worker: Worker) -> Any:
    """May approve."""
    return make_approver()


@pytest.fixture
def job(worker: Worker) -> Job:
    return gated_job()
