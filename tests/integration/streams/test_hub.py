"""Live lines: in order, none lost, none twice, whatever the viewer does."""

import asyncio
import json

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient
from django.utils import timezone

from jobsmith.models import JobLogEntry, JobResult
from jobsmith.streams.hub import Hub
from tests.support import factories as make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


def write(run, first, last):
    JobLogEntry.objects.bulk_create(
        JobLogEntry(job_result=run, seq=n, created=timezone.now(), message=f"line {n}")
        for n in range(first, last + 1)
    )
    JobResult.objects.filter(pk=run.pk).update(log_count=last)


def finish(run):
    JobResult.objects.filter(pk=run.pk).update(status="SUCCESS", date_done=timezone.now())


def numbers(pieces):
    found = []
    for piece in pieces:
        if b"event: lines" in piece:
            found += [row[0] for row in json.loads(piece.split(b"data: ", 1)[1])]
    return found


async def read_all(hub, run, after=0):
    return [piece async for piece in hub.watch(str(run.pk), "log", after)]


async def started():
    return await sync_to_async(make.make_result)(status="STARTED")


async def test_a_viewer_gets_what_was_there_what_comes_and_the_end():
    run, hub = await started(), Hub()
    await sync_to_async(write)(run, 1, 1500)
    reading = asyncio.create_task(read_all(hub, run))
    await asyncio.sleep(0.6)
    await sync_to_async(write)(run, 1501, 1600)
    await asyncio.sleep(0.4)
    await sync_to_async(finish)(run)
    pieces = await asyncio.wait_for(reading, 10)
    assert numbers(pieces) == list(range(1, 1601))
    assert b"event: end" in pieces[-1]
    assert hub.count == 0


async def test_a_viewer_that_comes_back_gets_only_what_it_lacks():
    run, hub = await started(), Hub()
    await sync_to_async(write)(run, 1, 50)
    await sync_to_async(finish)(run)
    assert numbers(await read_all(hub, run, after=40)) == list(range(41, 51))


async def test_a_viewer_far_behind_skips_to_the_end():
    run, hub = await started(), Hub()
    await sync_to_async(write)(run, 1, 6000)
    await sync_to_async(finish)(run)
    assert numbers(await read_all(hub, run)) == list(range(5001, 6001))


async def test_many_viewers_see_the_same_and_share_one_reader():
    run, hub = await started(), Hub()
    await sync_to_async(write)(run, 1, 10)
    readers = [asyncio.create_task(read_all(hub, run)) for _ in range(20)]
    await asyncio.sleep(0.5)
    assert len(hub._topics) == 1
    for first in range(11, 111, 10):
        await sync_to_async(write)(run, first, first + 9)
        await asyncio.sleep(0.05)
    await sync_to_async(finish)(run)
    for pieces in await asyncio.wait_for(asyncio.gather(*readers), 10):
        assert numbers(pieces) == list(range(1, 111))
    assert not hub._topics


async def test_the_address_streams_under_asgi_to_those_who_may_see_the_run():
    run = await started()
    await sync_to_async(write)(run, 1, 3)
    await sync_to_async(finish)(run)
    browser = AsyncClient()
    assert (await browser.get(f"/runs/{run.pk}/stream/")).status_code == 404
    await browser.aforce_login(await sync_to_async(make.make_admin)())
    answer = await browser.get(f"/runs/{run.pk}/stream/", headers={"Last-Event-ID": "1"})
    assert answer["Content-Type"] == "text/event-stream"
    pieces = [piece async for piece in answer.streaming_content]
    assert numbers(pieces) == [2, 3]
