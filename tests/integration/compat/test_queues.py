"""Queues as job code with the peer's names is told of them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from jobsmith.compat.jobs import get_celery_queues
from tests.support.factories import make_worker

pytestmark = pytest.mark.django_db


def test_only_workers_that_listen_are_counted() -> None:
    make_worker("default", "night")
    make_worker("default")
    make_worker("night", stopped_at=timezone.now())
    make_worker("night", beat_at=timezone.now() - timedelta(minutes=5))
    make_worker("night", draining=True)
    make_worker("night", kind="scheduler")
    assert get_celery_queues() == {"default": 2, "night": 1}
