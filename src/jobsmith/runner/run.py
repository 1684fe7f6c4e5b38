"""One active run as its supervisor sees it: channels in, rows out."""

import os
import socket
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import connection

from jobsmith.conf import conf
from jobsmith.lifecycle import Status
from jobsmith.models import JobResult
from jobsmith.processes.frames import MAX_PACKET, Assembler, Kind, Message
from jobsmith.processes.sandbox import Sandbox
from jobsmith.processes.text import LineSplitter, clean_json
from jobsmith.redact import Redactor

from . import retrying, told
from .ending import Ending, Evidence, judge
from .faults import cause_of
from .files import FileReceiver

PACKETS_A_TURN = 400
READ_SIZE = 256 * 1024
MAX_EARLY_ENDS = 16
MAX_TRACEBACK_CHARS = 128 * 1024

Row = dict[str, Any]
"""A log or console row, as the spool keeps it: ``kind``, ``seq``, ``created`` and texts."""


@dataclass(slots=True, kw_only=True)
class Run:
    """A claimed run."""

    result: JobResult
    attempt: int
    redactor: Redactor
    files: FileReceiver
    sandbox: Sandbox | None = None
    """Where its process is started; None for a plain one."""
    evidence: Evidence = field(default_factory=Evidence)
    ending: Ending | None = None
    """Set when all is known; the run is over when this is in the database."""
    pid: int = 0
    frames: socket.socket | None = None
    pipes: dict[int, tuple[str, LineSplitter]] = field(default_factory=dict)
    """Open console pipes: descriptor to name and splitter."""
    to_send: list[bytes] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    soft_sent: bool = False
    ready: bool = False
    """Whether its process is about to load the job."""
    bounded: bool = False
    """Whether the fork server knows when it is to end at the latest."""
    kill_at: float | None = None
    exited_at: float | None = None
    rows: list[Row] = field(default_factory=list)
    log_count: int = 0
    console_count: int = 0
    levels: Counter[str] = field(default_factory=Counter)
    progress: tuple[float, float | None, str] | None = None
    changed: bool = False
    lost: bool = False
    """Somebody else has ended or taken this run: nothing of it may be written any more."""
    spooled: bool = False
    spool_offset: int = 0
    _assembler: Assembler = field(default_factory=Assembler)
    _early_ends: dict[int, dict[str, Any]] = field(default_factory=dict)
    """Ends that came before we knew which process is the run's own, by sender."""

    @property
    def key(self) -> str:
        """The run's name between processes."""
        return str(self.result.pk)

    @property
    def may_be_taken(self) -> bool:
        """Whether another machine may begin it again when it hears nothing of us.

        Workers that share a SQLite file share a machine, and know whether we live.
        """
        return connection.vendor != "sqlite" and retrying.survives_its_worker(self.result)

    @property
    def is_quiet(self) -> bool:
        """Whether its process is gone and everything it said is here."""
        channels_open = self.frames is not None or bool(self.pipes)
        return self.exited_at is not None and not channels_open

    def know_pid(self, pid: int) -> None:
        """From now on its own process is known; a quick one may have told its end already."""
        self.pid = pid
        if not self.evidence.distrusted:
            self.evidence.told = self._early_ends.get(pid)
        self._early_ends.clear()

    def condemn(self, cause: str, detail: str) -> None:
        """End it for what it did, whatever its process says of its end."""
        if not self.evidence.stopped_for:
            self.evidence.stopped_for, self.evidence.stopped_detail = cause, detail
        self.evidence.told = None
        self.evidence.distrusted = True
        self.kill_at = 0.0
        if self.ending is not None:
            self.settle()

    def read_frames(self) -> bool:
        """Take what has come; False when the socket has ended. Raises FrameBroken."""
        if self.frames is None:
            return False
        for _ in range(PACKETS_A_TURN):
            try:
                packet = self.frames.recv(MAX_PACKET + 1)
            except BlockingIOError:
                return True
            except ConnectionError:
                return False
            if not packet:
                return False
            if message := self._assembler.add(packet):
                self._take(message)
        return True

    def read_pipe(self, descriptor: int) -> bool:
        """Take console output; False when the pipe has ended."""
        name, splitter = self.pipes[descriptor]
        try:
            data = os.read(descriptor, READ_SIZE)
        except BlockingIOError:
            return True
        for line in splitter.feed(data) if data else splitter.finish():
            self._add_console(name, line)
        return bool(data)

    def add_log(self, level: str, message: str, grouping: str = "supervisor") -> None:
        """Record a line of our own."""
        self._add_log(told.LogLine(level, message, grouping, "", "", time.time()))

    def settle(self) -> None:
        """Its process is gone, and all that it said is here: judge how the run ended."""
        try:
            self.end(judge(self.evidence))
            self._try_again()
        except Exception as error:  # job code said what it ended with
            cause, detail = cause_of(error)
            self.end(Ending(status=Status.FAILURE, cause=cause, detail=detail))

    def end(self, ending: Ending) -> None:
        """Settle how the run ended, with every text cleaned and redacted."""
        self.ending = Ending(
            status=ending.status,
            cause=self._text(ending.cause, 40),
            detail=self._text(ending.detail, 500),
            result=self.redactor.redact_json(clean_json(ending.result)),
            traceback=self._text(ending.traceback or "", MAX_TRACEBACK_CHARS) or None,
        )
        self.changed = True

    def _try_again(self) -> None:
        """If it may have another attempt, only this one has ended; the log says so."""
        if self.ending is None or self.ending.status is not Status.FAILURE:
            return
        told, ending = self.evidence.told or {}, self.ending
        errors = told.get("errors", ())
        seconds = retrying.delay(self.result, cause=ending.cause, errors=errors)
        if seconds is None:
            return
        self.ending = replace(ending, retry_in=seconds)
        said = retrying.sentence(self.result, ending.detail, seconds)
        self.add_log("warning", said, retrying.GROUPING)
        if ending.traceback:
            self.add_log("debug", ending.traceback, retrying.GROUPING)

    def _take(self, message: Message) -> None:
        if message.kind is Kind.LOG:
            self._add_log(told.log_line(message.json()))
        elif message.kind is Kind.PROGRESS:
            self._set_progress(*told.progress(message.json()))
        elif message.kind is Kind.FILE_DATA:
            self.files.data(message.payload)
        elif message.kind is Kind.FILE_OPEN:
            self.files.open(message.json())
        elif message.kind is Kind.FILE_CLOSE:
            self.files.close(message.payload)
            self.changed = True
        elif message.kind is Kind.READY:
            self._begin_to_count()
        elif message.kind is Kind.END:
            self._take_end(message.sender, message.json())

    def _begin_to_count(self) -> None:
        """Limits count from when the job's own code begins, not from a slow start; once only."""
        if not self.ready:
            self.ready = True
            self.began = time.monotonic()

    def _take_end(self, sender: int, message: object) -> None:
        """Only the run's own process ends it, not a copy that the job forked."""
        if not self.pid and len(self._early_ends) < MAX_EARLY_ENDS:
            self._early_ends.setdefault(sender, told.end(message))
        elif sender == self.pid and self.evidence.told is None:
            self.evidence.told = told.end(message)

    def _add_log(self, line: told.LogLine) -> None:
        message = self._text(line.message, conf().max_message_chars)
        self.log_count += 1
        self.levels[line.level] += 1
        self.rows.append(
            {
                "kind": "log",
                "seq": self.log_count,
                "created": line.created,
                "level": line.level,
                "message": message,
                "grouping": self._text(line.grouping, 100),
                "object": self._text(line.object, 200),
                "url": self._text(line.url, 255),
                "attempt": self.attempt,
            }
        )
        if self.result.console_log:
            self._add_console("output", message)

    def _add_console(self, name: str, line: str) -> None:
        """Add a line that is redacted already."""
        self.console_count += 1
        self.rows.append(
            {
                "kind": "console",
                "seq": self.console_count,
                "created": time.time(),
                "type": name,
                "text": line,
                "attempt": self.attempt,
            }
        )

    def _set_progress(self, done: float, total: float | None, text: str) -> None:
        self.progress = (done, total, self._text(text, 255))
        self.changed = True

    def _text(self, text: str, most: int) -> str:
        return told.kept(text, most, self.redactor)
