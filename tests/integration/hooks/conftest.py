"""A job that answers changes, and hooks for it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType

from jobsmith.models import JobHook
from tests.support import factories as make
from tests.support.tracking import track


@pytest.fixture
def job(db: None) -> Any:
    variable = make.VariableSpec(
        name="object_change", type="ObjectVar", model="jobsmith.objectchange"
    )
    return make.make_job(make.make_spec("Answer", variable), is_job_hook_receiver=True)


@pytest.fixture
def hook(job: Any) -> Callable[..., JobHook]:
    def made(*kinds: Any, **fields: Any) -> JobHook:
        flags = {"type_create": True, "type_update": True, "type_delete": True}
        row = JobHook.objects.create(
            **{"name": f"hook {JobHook.objects.count()}", "job": job, **flags, **fields}
        )
        row.content_types.set(ContentType.objects.get_for_model(each) for each in kinds)
        return row

    return made


@pytest.fixture
def tracked(settings: Any) -> None:
    track(settings)
