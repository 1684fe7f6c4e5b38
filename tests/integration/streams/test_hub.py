"""Live lines: in order, none lost, none twice, whatever the viewer and the database do."""

import asyncio
import json
from contextlib import aclosing

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import AsyncClient, override_settings
from django.utils import timezone

from jobsmith.actions.tokens import create_token
from jobsmith.models import JobConsoleEntry, JobLogEntry, JobResult, ObjectPermission, Token
from jobsmith.streams import hub as hubs
from jobsmith.streams import reader, reading, snapshot, viewer
from jobsmith.streams.hub import Hub
from tests.support import factories as make
from tests.support.job_files import jobsmith_settings

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


@pytest_asyncio.fixture(autouse=True)
async def no_connection_is_left(transactional_db):
    """Else the test database could not be dropped; the reader closes its own."""
    yield
    await reader.read(lambda: None)
    await sync_to_async(lambda: connection.close())()


def write(run, first, last, text="line"):
    JobLogEntry.objects.bulk_create(
        JobLogEntry(job_result=run, seq=n, created=timezone.now(), message=f"{text} {n}")
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


async def read_until(watching, word):
    pieces = []
    async for piece in watching:
        pieces.append(piece)
        if word in piece:
            break
    return pieces


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


@pytest.mark.parametrize("viewers", [20, 200])
async def test_many_viewers_see_the_same_and_share_one_reader(viewers, monkeypatch):
    run, hub = await started(), Hub()
    await sync_to_async(write)(run, 1, 10)
    seen = [[] for _ in range(viewers)]

    async def follow(pieces):
        async for piece in hub.watch(str(run.pk), "log", 0):
            pieces.append(piece)

    readers = [asyncio.create_task(follow(each)) for each in seen]
    while not all(numbers(pieces) for pieces in seen):
        await asyncio.sleep(0.05)
    assert len(hub._topics) == 1
    assert hub.count == viewers
    looks = []
    monkeypatch.setattr(hubs, "look", lambda *a, **k: looks.append(a) or snapshot.look(*a, **k))
    for first in range(11, 111, 10):
        await sync_to_async(write)(run, first, first + 9)
        await asyncio.sleep(0.1)
    assert len(looks) < 20
    await sync_to_async(finish)(run)
    await asyncio.wait_for(asyncio.gather(*readers), 60)
    assert all(numbers(pieces) == list(range(1, 111)) for pieces in seen)
    assert not hub._topics


async def test_a_viewer_that_does_not_read_is_bounded_and_reads_again_later(monkeypatch):
    monkeypatch.setattr(hubs, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(viewer, "MOST_FRAMES", 5)
    run, hub = await started(), Hub()
    async with aclosing(hub.watch(str(run.pk), "log", 0)) as slow:
        assert b"retry" in await anext(slow)
        ((topic),) = hub._topics.values()
        (queue,) = topic.viewers
        for n in range(1, 41):
            await sync_to_async(write)(run, n, n)
            while topic.seq != n:
                await asyncio.sleep(0.005)
            assert len(queue._frames) <= 5
        assert viewer.AGAIN in queue._frames
        assert viewer.AGAIN is queue._frames[0]
        await sync_to_async(finish)(run)
        pieces = await asyncio.wait_for(read_until(slow, b"event: end"), 10)
    assert numbers(pieces) == list(range(1, 41))


async def test_what_waits_for_a_viewer_is_bounded_by_bytes_too():
    queue = viewer.Viewer()
    assert await queue.get() is viewer.AGAIN
    big = viewer.Frame(b"x" * (viewer.MOST_BYTES // 2), 1, 1)
    for _ in range(2):
        queue.put(big)
    assert len(queue._frames) == 2
    queue.put(big)
    assert await queue.get() is viewer.AGAIN
    queue.put(viewer.Frame(b"x" * (2 * viewer.MOST_BYTES), 2, 2))
    assert await queue.get() is viewer.AGAIN
    assert queue._bytes == 0


async def test_a_page_is_bounded_by_the_length_of_its_lines():
    run, hub = await started(), Hub()
    long = "x" * (reading.PAGE_CHARS // 4)
    await sync_to_async(write)(run, 1, 10, long)
    await sync_to_async(finish)(run)
    pieces = [each for each in await read_all(hub, run) if b"event: lines" in each]
    assert [len(numbers([each])) for each in pieces] == [4, 4, 2]
    assert numbers(pieces) == list(range(1, 11))


async def test_one_error_of_the_database_is_slept_over(monkeypatch):
    run, hub = await started(), Hub()
    broken = iter([False, True, True, True])

    def look(*asked, **how):
        if next(broken, False):
            raise OperationalError("gone away")
        return snapshot.look(*asked, **how)

    monkeypatch.setattr(hubs, "look", look)
    watching = asyncio.create_task(read_all(hub, run))
    await asyncio.sleep(0.5)
    await sync_to_async(write)(run, 1, 30)
    await sync_to_async(finish)(run)
    pieces = await asyncio.wait_for(watching, 20)
    assert numbers(pieces) == list(range(1, 31))
    assert b"event: end" in pieces[-1]


@pytest.mark.parametrize("error", [OperationalError("gone away"), ValueError("a bug")])
async def test_viewers_are_sent_away_to_come_back_when_it_lasts(error, monkeypatch):
    monkeypatch.setattr(hubs, "PATIENCE_SECONDS", 0.6)
    run, hub = await started(), Hub()
    watching = [asyncio.create_task(read_all(hub, run)) for _ in range(3)]
    await asyncio.sleep(0.4)

    def look(*asked, **how):
        raise error

    monkeypatch.setattr(hubs, "look", look)
    for pieces in await asyncio.wait_for(asyncio.gather(*watching), 10):
        assert not any(b"event: end" in piece for piece in pieces)
    assert hub.count == 0
    monkeypatch.undo()
    await sync_to_async(finish)(run)
    assert b"event: end" in (await read_all(hub, run))[-1]


async def test_silence_is_told_from_a_broken_line_by_a_heartbeat(monkeypatch):
    monkeypatch.setattr(hubs, "HEARTBEAT_SECONDS", 0.1)
    run, hub = await started(), Hub()
    async with aclosing(hub.watch(str(run.pk), "log", 0)) as watching:
        pieces = await asyncio.wait_for(read_until(watching, b": still here"), 5)
    assert pieces[-1] == b": still here\n\n"


async def test_a_server_that_stops_sends_viewers_away_without_ending_the_run():
    run, hub = await started(), Hub()
    watching = asyncio.create_task(read_all(hub, run))
    await asyncio.sleep(0.4)
    hub.close()
    assert not any(b"event: end" in piece for piece in await asyncio.wait_for(watching, 2))


async def test_a_connection_is_kept_while_somebody_watches_and_let_go_after(monkeypatch):
    opened = []
    run, hub = await started(), Hub()
    monkeypatch.setattr(BaseDatabaseWrapper, "init_connection_state", _counting(opened))
    async with aclosing(hub.watch(str(run.pk), "log", 0)) as watching:
        await read_until(watching, b"event: run")
        await asyncio.sleep(1.2)
    assert len(opened) <= 1
    assert await reader.read(lambda: connection.connection) is None


def _counting(opened):
    plain = BaseDatabaseWrapper.init_connection_state

    def counting(self):
        opened.append(self)
        return plain(self)

    return counting


async def browser_of(*permissions):
    browser = AsyncClient()
    user = await sync_to_async(make.make_user)(f"u{len(permissions)}", *permissions)
    await browser.aforce_login(user)
    return browser, user


async def pieces_of(answer):
    return [piece async for piece in answer.streaming_content]


async def test_the_address_streams_under_asgi_to_those_who_may_see_the_run():
    run = await started()
    await sync_to_async(write)(run, 1, 3)
    await sync_to_async(finish)(run)
    browser = AsyncClient()
    assert (await browser.get(f"/runs/{run.pk}/stream/")).status_code == 401
    await browser.aforce_login(await sync_to_async(make.make_admin)())
    answer = await browser.get(f"/runs/{run.pk}/stream/", headers={"Last-Event-ID": "1"})
    assert answer["Content-Type"] == "text/event-stream"
    assert numbers(await pieces_of(answer)) == [2, 3]


async def test_lines_take_their_own_right_and_the_run_alone_does_not():
    run = await started()
    await sync_to_async(write)(run, 1, 3)
    await sync_to_async(finish)(run)
    address = f"/runs/{run.pk}/stream/"
    nobody, _ = await browser_of()
    assert (await nobody.get(f"{address}?feed=run")).status_code == 403
    seer, _ = await browser_of("view_jobresult")
    assert (await seer.get(address)).status_code == 403
    assert (await seer.get(f"{address}?feed=console")).status_code == 403
    pieces = await pieces_of(await seer.get(f"{address}?feed=run"))
    assert b"SUCCESS" in pieces[1]
    assert not numbers(pieces)
    missing = "/runs/00000000-0000-0000-0000-000000000000/stream/?feed=run"
    assert (await seer.get(missing)).status_code == 404


async def test_whoever_may_see_some_lines_only_asks_for_them_instead():
    run = await started()
    browser, user = await browser_of("view_jobresult")
    await sync_to_async(make.grant)(user, "view", JobLogEntry, {"log_level": "error"})
    answer = await browser.get(f"/runs/{run.pk}/stream/")
    assert answer.status_code == 501
    assert (await browser.get(f"/runs/{run.pk}/log/")).status_code == 200


@pytest.mark.parametrize("change", ["right", "user", "grant"])
async def test_a_stream_ends_when_the_right_to_it_does(change, monkeypatch):
    monkeypatch.setattr(hubs, "RIGHTS_SECONDS", 0.2)
    monkeypatch.setattr(hubs, "HEARTBEAT_SECONDS", 0.1)
    run = await started()
    browser, user = await browser_of("view_joblogentry")
    await sync_to_async(make.grant)(user, "view", JobResult, {"status": "STARTED"})
    answer = await browser.get(f"/runs/{run.pk}/stream/")
    reading = asyncio.create_task(pieces_of(answer))
    await asyncio.sleep(1)
    assert not reading.done()
    if change == "right":
        await user.user_permissions.aclear()
    elif change == "user":
        await type(user).objects.filter(pk=user.pk).aupdate(is_active=False)
    else:
        await ObjectPermission.objects.all().aupdate(enabled=False)
    pieces = await asyncio.wait_for(reading, 5)
    assert not any(b"event: end" in piece for piece in pieces)


@pytest.mark.parametrize("change", ["signed out", "password", "revoked", "expired"])
async def test_a_stream_ends_with_the_session_or_token_that_opened_it(change, monkeypatch):
    monkeypatch.setattr(hubs, "RIGHTS_SECONDS", 0.2)
    monkeypatch.setattr(hubs, "HEARTBEAT_SECONDS", 0.1)
    run = await started()
    browser, user = await browser_of("view_joblogentry", "view_jobresult")
    token, text = await sync_to_async(create_token)(user)
    if change in ("signed out", "password"):
        answer = await browser.get(f"/runs/{run.pk}/stream/")
    else:
        headers = {"Authorization": f"Token {text}"}
        answer = await AsyncClient().get(
            f"/api/extras/job-results/{run.pk}/stream/", headers=headers
        )
    assert answer.status_code == 200
    reading = asyncio.create_task(pieces_of(answer))
    await asyncio.sleep(1)
    assert not reading.done()
    if change == "signed out":
        await browser.alogout()
    elif change == "password":
        await sync_to_async(user.set_password)("another one")
        await user.asave()
    elif change == "revoked":
        await token.adelete()
    else:
        await Token.objects.all().aupdate(expires=timezone.now())
    await asyncio.wait_for(reading, 5)


@pytest.mark.parametrize("method", ["get", "post"])
async def test_rest_refuses_a_stream_as_it_refuses_everything(method):
    run = await started()
    stranger = AsyncClient(enforce_csrf_checks=True)
    address = f"/api/extras/job-results/{run.pk}/stream/"
    answer = await getattr(stranger, method)(address)
    assert answer.status_code == 403
    assert answer.json() == {"detail": "Authentication credentials were not provided."}
    assert answer["API-Version"] == (await stranger.get("/api/status/"))["API-Version"]


async def test_rights_are_looked_up_again_within_a_minute():
    assert hubs.RIGHTS_SECONDS + hubs.HEARTBEAT_SECONDS < 60


async def test_beyond_the_most_viewers_a_clear_503_says_what_to_do():
    run = await started()
    browser = AsyncClient()
    await browser.aforce_login(await sync_to_async(make.make_admin)())
    address = f"/runs/{run.pk}/stream/"
    with override_settings(JOBSMITH=jobsmith_settings(MAX_STREAMS=2)):
        watched = [aiter((await browser.get(address)).streaming_content) for _ in range(2)]
        for each in watched:
            await anext(each)
        refused = await browser.get(address)
        assert refused.status_code == 503
        assert int(refused["Retry-After"]) > 0
        assert json.loads(refused.content)["detail"] == "Too many live viewers. Ask for lines."
        await sync_to_async(finish)(run)
        for each in watched:
            assert b"event: end" in [piece async for piece in each][-1]
        answer = await browser.get(address)
        assert answer.status_code == 200
        await pieces_of(answer)


async def test_a_database_that_does_not_answer_is_a_503_at_the_door(monkeypatch):
    run = await started()
    browser = AsyncClient()
    await browser.aforce_login(await sync_to_async(make.make_admin)())

    def broken(*_):
        raise OperationalError("gone away")

    monkeypatch.setattr("jobsmith.policies.results", broken)
    assert (await browser.get(f"/runs/{run.pk}/stream/")).status_code == 503


async def test_the_console_streams_like_the_log():
    run, hub = await started(), Hub()
    await sync_to_async(JobConsoleEntry.objects.create)(
        job_result=run, seq=1, timestamp=timezone.now(), text="\x1b[1mhello"
    )
    await sync_to_async(finish)(run)
    pieces = [piece async for piece in hub.watch(str(run.pk), "console", 0)]
    (said,) = (each for each in pieces if b"event: lines" in each)
    assert json.loads(said.split(b"data: ", 1)[1])[0][3] == "hello"


async def test_viewers_who_fall_behind_get_the_same_bytes_again_without_a_look(monkeypatch):
    monkeypatch.setattr(hubs, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(viewer, "MOST_FRAMES", 4)
    run, hub = await started(), Hub()
    slow = [hub.watch(str(run.pk), "log", 0) for _ in range(50)]
    for each in slow:
        await anext(each)
    ((topic),) = hub._topics.values()
    for first in range(1, 9001, 1000):
        await sync_to_async(write)(run, first, first + 999)
        while topic.seq != first + 999:
            await asyncio.sleep(0.005)
    looks = []
    monkeypatch.setattr(hubs, "look", lambda *a, **k: looks.append(a) or snapshot.look(*a, **k))
    monkeypatch.setattr(hubs, "POLL_SECONDS", 0.1)
    await sync_to_async(finish)(run)
    for each in slow:
        seen = numbers(await asyncio.wait_for(read_until(each, b"event: end"), 20))
        assert seen == list(range(5001, 9001))
    assert len(looks) < 10
