"""One thread that serves all runs of a worker: claims, starts, hears, limits, writes and ends.

It stays alive whatever a job does, and waits for nothing but its selector.
"""

import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import partial

from jobsmith.conf import conf
from jobsmith.lifecycle import Cause
from jobsmith.models import JobResult, Worker
from jobsmith.processes.fork_server import HOLD, TIME
from jobsmith.processes.launcher import ServerGone
from jobsmith.processes.sandbox import Sandbox

from . import claims, logs
from .begin import begin
from .database import RETRY_SECONDS, Away, Database
from .faults import Unreachable, cause_of
from .launchers import Gone, Launchers, StartServer
from .run import Run
from .taking import Taker
from .waiting import explain
from .writing import FLUSH_ROWS, Writer

POLL_SECONDS = 1.0
EXPLAIN_SECONDS = 5.0
"""How often a worker without a free slot says why runs wait."""
START_SECONDS = 30.0
"""What a process may take to get ready, on a machine that has much else to do."""
LATE_SECONDS = 3.0
"""How long after its hard limit the fork server ends a run that we have not ended."""
LINGER_SECONDS = 2.0
"""How long a process may take to leave after its last word, and a pipe to end after its process."""

NO_SANDBOX = "The sandbox of its source did not come up; the worker's output says why."

OUT_OF_TOUCH = "The worker could not tell the database for too long that it goes on."


class Supervisor:
    """Runs jobs for one worker row."""

    def __init__(
        self,
        *,
        worker: Worker,
        slots: int,
        queues: Collection[str],
        start_server: StartServer,
    ) -> None:
        self.claiming = True
        self._worker = worker
        self._slots = slots
        self._taker = Taker(worker, queues)
        self._runs: dict[str, Run] = {}
        self._selector = selectors.DefaultSelector()
        self._launchers = Launchers(start_server, self._selector, self._hear_servers)
        self._database = Database()
        self._writer = Writer(self._database)
        self._claim_at = self._renew_at = self._look_at = self._explain_at = 0.0

    @property
    def busy(self) -> int:
        """Runs that are not over."""
        return len(self._runs)

    @property
    def is_full(self) -> bool:
        """Whether every slot has a run."""
        return self.busy >= self._slots

    @property
    def note(self) -> str:
        """What the process that starts runs has to say."""
        return self._launchers.note

    def listen(self, bell: socket.socket) -> None:
        """Look for work and for cancels whenever this bell rings."""
        self._selector.register(bell, selectors.EVENT_READ, lambda: self._answer(bell))

    def step(self, longest: float = 0.5) -> None:
        """One round: hear what came, keep the times, write."""
        for key, _ in self._selector.select(self._patience(longest)):
            key.data()
        now = time.monotonic()
        for run in list(self._runs.values()):
            self._keep_limits(run, now)
            self._settle(run, now)
        self._launchers.close_idle(self._runs.values(), now)
        self._keep_hold(now)
        self._flush_if_due(now)
        if self.claiming and now >= self._claim_at and not self.is_full:
            self.claim(now)
        elif now >= self._explain_at:
            self._explain(now)

    def claim(self, now: float, only: str | None = None) -> None:
        """Take due runs into free slots; where slots stay free, say why other runs wait."""
        self._claim_at = now + POLL_SECONDS
        try:
            taken = self._database.ask(
                lambda: self._taker.take(slots=self._slots, only=only, held=self._runs)
            )
        except Away:
            self._claim_at = now + RETRY_SECONDS
            return
        for result in taken:
            try:
                self._begin(result)
            except Unreachable:
                self._taker.take_later(result)
        self._keep_claimed(now)
        if taken:
            self._claim_at = now  # those that stood before others may have been singletons
        elif only is None:
            self._explain(now)

    def _explain(self, now: float) -> None:
        self._explain_at = now + EXPLAIN_SECONDS
        with suppress(Away):
            self._database.ask(explain)

    def stop_all(self, cause: Cause, detail: str) -> None:
        """Begin to end every run for this cause."""
        for run in self._runs.values():
            self._ask_to_stop(run, cause.value, detail, min(conf().cancel_grace, 3.0))

    def close(self) -> None:
        """End all processes; what is left unwritten goes to disk for whoever rescues the runs."""
        self._launchers.close()
        logs.keep_on_disk(self._runs.values())
        self._selector.close()

    def _patience(self, longest: float) -> float:
        now = time.monotonic()
        due = [now + longest]
        if any(run.rows or run.changed for run in self._runs.values()):
            due.append(self._writer.due_at)
        if self.claiming and not self.is_full:
            due.append(self._claim_at)
        return max(0.0, min(due) - now)

    def _answer(self, bell: socket.socket) -> None:
        with suppress(BlockingIOError):
            while bell.recv(64):
                pass
        self._claim_at = self._look_at = 0.0

    # Beginning

    def _begin(self, result: JobResult) -> None:
        run, descriptors = begin(result)
        self._runs[run.key] = run
        if run.ending is not None:
            return
        try:
            hard = run.result.time_limit
            seconds = hard + START_SECONDS + LATE_SECONDS if hard else 0
            self._launchers.launch(run, descriptors, seconds=seconds)
        except ServerGone:
            self._lose_server(run.sandbox)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        self._open_channels(run)

    def _open_channels(self, run: Run) -> None:
        if run.frames is not None:
            both = selectors.EVENT_READ | selectors.EVENT_WRITE
            self._selector.register(run.frames, both, lambda: self._hear_frames(run))
        for descriptor in run.pipes:
            self._selector.register(
                descriptor,
                selectors.EVENT_READ,
                lambda descriptor=descriptor: self._hear_pipe(run, descriptor),
            )

    # Hearing

    def _hear_frames(self, run: Run) -> None:
        if run.frames is None:
            return
        try:
            goes_on = self._send_start(run) and run.read_frames()
        except Exception as error:  # job code can send anything
            goes_on = False
            run.condemn(*cause_of(error))
        if not goes_on:
            self._close_frames(run)
        self._hurry(run)

    def _send_start(self, run: Run) -> bool:
        """Send what fits of the first message; then listen only."""
        if not run.to_send or run.frames is None:
            return run.frames is not None
        try:
            while run.to_send:
                run.frames.send(run.to_send[0])
                del run.to_send[0]
        except BlockingIOError:
            return True
        except OSError:
            return False
        data = self._selector.get_key(run.frames).data
        self._selector.modify(run.frames, selectors.EVENT_READ, data)
        return True

    def _hear_pipe(self, run: Run, descriptor: int) -> None:
        if descriptor not in run.pipes:
            return
        try:
            goes_on = run.read_pipe(descriptor)
        except Exception as error:  # and print anything
            goes_on = False
            run.condemn(*cause_of(error))
        if not goes_on:
            self._close_pipe(run, descriptor)
        self._hurry(run)

    def _hurry(self, run: Run) -> None:
        if len(run.rows) >= FLUSH_ROWS:
            self._flush(time.monotonic())

    def _hear_servers(self) -> None:
        for event in self._launchers.events():
            if isinstance(event, Gone):
                self._lose_server(event.sandbox)
            elif (run := self._runs.get(event.get("key", ""))) is not None:
                self._note_event(run, event)

    def _note_event(self, run: Run, event: dict[str, object]) -> None:
        if "pid" in event:
            run.know_pid(int(str(event["pid"])))
            return
        run.exited_at = time.monotonic()
        if "failed" in event:
            run.evidence.stopped_for = Cause.NOT_STARTED.value
            run.evidence.stopped_detail = f"No process could be started: {event['failed']}."
            return
        run.evidence.wait_status = int(str(event["status"]))
        run.evidence.over = str(event["over"])
        if run.evidence.over == TIME and not run.evidence.stopped_for:
            run.evidence.stopped_for = Cause.TIME_LIMIT.value
            run.evidence.stopped_detail = _overran(run)
        if run.evidence.over == HOLD and not run.evidence.stopped_for:
            run.evidence.stopped_for = Cause.WORKER_LOST.value
            run.evidence.stopped_detail = OUT_OF_TOUCH
        run.evidence.left = int(str(event["left"]))

    def _lose_server(self, sandbox: Sandbox | None) -> None:
        """A fork server died and its children with it: their runs are lost, others go on."""
        lost = [run for run in self._runs.values() if run.sandbox == sandbox]
        came_up = self._launchers.replace(sandbox, [run.key for run in lost])
        for run in lost:
            run.exited_at = run.exited_at or time.monotonic()
            if not came_up and not run.evidence.stopped_for:
                run.evidence.stopped_for = Cause.NOT_STARTED.value
                run.evidence.stopped_detail = NO_SANDBOX

    # Limits and cancel

    def _keep_limits(self, run: Run, now: float) -> None:
        if run.exited_at is not None or run.ending is not None:
            return
        if run.evidence.told is not None and run.kill_at is None:
            run.kill_at = now + LINGER_SECONDS
        lasted = now - run.began
        soft, hard = run.result.soft_time_limit, run.result.time_limit
        if hard and run.ready and not run.bounded:
            run.bounded = True
            self._tell_server(run, lambda: self._launchers.bound(run, hard + LATE_SECONDS))
        if soft and lasted >= soft and not run.soft_sent and run.ready:
            run.soft_sent = True
            self._signal(run, signal.SIGUSR1)
        given = hard if run.ready else hard + START_SECONDS
        if hard and lasted >= given and not run.evidence.stopped_for and run.evidence.told is None:
            grace = min(conf().cancel_grace, 1.0)
            self._ask_to_stop(run, Cause.TIME_LIMIT.value, _overran(run), grace)
        if run.kill_at is not None and now >= run.kill_at:
            run.kill_at = now + 1.0
            self._signal(run, signal.SIGKILL)

    def _ask_to_stop(self, run: Run, cause: str, detail: str, grace: float) -> bool:
        """Whether this is what ends the run: it had neither ended nor been stopped before."""
        if run.evidence.stopped_for or run.evidence.told is not None or run.ending is not None:
            return False
        run.evidence.stopped_for, run.evidence.stopped_detail = cause, detail
        run.kill_at = time.monotonic() + grace
        self._signal(run, signal.SIGTERM)
        return True

    def _signal(self, run: Run, number: int) -> None:
        self._tell_server(run, lambda: self._launchers.signal(run, number))

    def _tell_server(self, run: Run, order: Callable[[], None]) -> None:
        try:
            order()
        except ServerGone:
            self._lose_server(run.sandbox)

    # Ending

    def _settle(self, run: Run, now: float) -> None:
        """Judge a run whose process is gone, once all that it said is here."""
        if run.ending is not None or run.exited_at is None:
            return
        if not run.is_quiet and now - run.exited_at < LINGER_SECONDS:
            return
        self._close_frames(run)
        for descriptor in list(run.pipes):
            self._close_pipe(run, descriptor)
        if run.evidence.left:
            run.add_log("warning", f"{run.evidence.left} process(es) left behind were ended.")
        run.settle()
        self._writer.due_at = 0.0

    def _close_frames(self, run: Run) -> None:
        if run.frames is not None:
            self._selector.unregister(run.frames)
            run.frames.close()
            run.frames = None

    def _close_pipe(self, run: Run, descriptor: int) -> None:
        self._selector.unregister(descriptor)
        os.close(descriptor)
        del run.pipes[descriptor]

    # The database

    def _flush_if_due(self, now: float) -> None:
        if now >= self._writer.due_at and any(
            run.rows or run.changed for run in self._runs.values()
        ):
            self._flush(now)

    def _flush(self, now: float) -> None:
        runs = list(self._runs.values())
        if self._writer.write(runs, now):
            self._forget_settled(runs)

    def _forget_settled(self, runs: list[Run]) -> None:
        for run in runs:
            if run.lost:
                run.rows = []
                run.evidence.stopped_for = run.evidence.stopped_for or Cause.WORKER_LOST.value
                run.kill_at = run.kill_at or 0.0
            if run.ending is not None and (run.lost or not run.changed):
                run.files.discard()
                del self._runs[run.key]
                self._claim_at = 0.0

    def _keep_hold(self, now: float) -> None:
        """Renew leases and the heartbeat; see who was cancelled and which runs we lost."""
        held = [(run.key, run.attempt) for run in self._runs.values()]
        if now >= self._look_at and held:
            self._look_at = now + RETRY_SECONDS
            with suppress(Away):
                self._look(held)
                self._look_at = now + POLL_SECONDS
        if now >= self._renew_at:
            self._renew_at = now + RETRY_SECONDS
            with suppress(Away):
                self._database.ask(lambda: claims.renew(self._worker, held))
                self._renew_at = now + claims.RENEW_SECONDS
                self._keep_claimed(now)

    def _keep_claimed(self, since: float) -> None:
        """A run that others may begin again ends by itself before they do, whatever holds us."""
        seconds = claims.HOLD_SECONDS - (time.monotonic() - since)
        for run in list(self._runs.values()):
            if run.may_be_taken and run.ending is None:
                self._tell_server(run, partial(self._launchers.hold, run, seconds))

    def _look(self, held: list[tuple[str, int]]) -> None:
        cancelled, lost = self._database.ask(lambda: claims.look(held))
        for key in lost:
            self._runs[key].lost = True
            self._runs[key].kill_at = self._runs[key].kill_at or 0.0
        for key, name in cancelled.items():
            self._cancel(self._runs[key], name)

    def _cancel(self, run: Run, name: str) -> None:
        by = f" by {name}" if name else ""
        grace = conf().cancel_grace
        if self._ask_to_stop(run, Cause.CANCELLED.value, f"Cancelled{by}.", grace):
            run.add_log("failure", f"Job {run.key} terminated{by}", grouping="canceling")


def _overran(run: Run) -> str:
    return f"The job ran longer than its time limit of {run.result.time_limit:g} seconds."
