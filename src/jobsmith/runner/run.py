"""One active run as its supervisor sees it: channels in, rows out."""

import os
import socket
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from jobsmith.conf import conf
from jobsmith.models import JobResult
from jobsmith.processes.frames import MAX_PACKET, Assembler, FrameBroken, Kind, Message
from jobsmith.processes.text import LineSplitter, clean, clean_json
from jobsmith.redact import Redactor

from .ending import Ending, Evidence
from .files import FileReceiver

PACKETS_A_TURN = 400
READ_SIZE = 256 * 1024
LEVELS = frozenset({"debug", "info", "success", "warning", "failure", "error", "critical"})
ERRORS = ("failure", "error", "critical")

Row = dict[str, Any]
"""A log or console row, as the spool keeps it: ``kind``, ``seq``, ``created`` and texts."""


@dataclass(slots=True, kw_only=True)
class Run:
    """A claimed run."""

    result: JobResult
    attempt: int
    redactor: Redactor
    files: FileReceiver
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

    @property
    def key(self) -> str:
        """The run's name between processes."""
        return str(self.result.pk)

    @property
    def is_quiet(self) -> bool:
        """Whether its process is gone and everything it said is here."""
        channels_open = self.frames is not None or bool(self.pipes)
        return self.exited_at is not None and not channels_open

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
        self._add_log([level, message, grouping, "", "", time.time()])

    def end(self, ending: Ending) -> None:
        """Settle how the run ended, with every text redacted."""
        redact = self.redactor
        self.ending = Ending(
            status=ending.status,
            cause=ending.cause,
            detail=clean(redact.redact(ending.detail))[:500],
            result=redact.redact_json(clean_json(ending.result)),
            traceback=clean(redact.redact(ending.traceback)) if ending.traceback else None,
        )
        self.changed = True

    def _take(self, message: Message) -> None:
        if message.kind is Kind.LOG:
            self._add_log(message.json())
        elif message.kind is Kind.PROGRESS:
            self._set_progress(message.json())
        elif message.kind is Kind.FILE_DATA:
            self.files.data(message.payload)
        elif message.kind is Kind.FILE_OPEN:
            self.files.open(message.json())
        elif message.kind is Kind.FILE_CLOSE:
            self.files.close(message.payload)
            self.changed = True
        elif message.kind is Kind.END and message.sender == self.pid:
            self._take_end(message.json())

    def _take_end(self, told: object) -> None:
        if not isinstance(told, dict) or told.get("status") not in ("SUCCESS", "FAILURE"):
            raise FrameBroken("the end of the run was not told as it should be")
        if not isinstance(told.get("traceback"), str | None):
            raise FrameBroken("the traceback is no text")
        if self.evidence.told is None:
            self.evidence.told = told

    def _add_log(self, line: object) -> None:
        try:
            level, message, grouping, obj, url, created = _parts(line)
            datetime.fromtimestamp(created, UTC)
        except (TypeError, ValueError, OverflowError, OSError) as error:
            raise FrameBroken("a log line has not its six parts") from error
        level = level if level in LEVELS else "info"
        message = self._text(message, conf().max_message_chars)
        self.log_count += 1
        self.levels[level] += 1
        self.rows.append(
            {
                "kind": "log",
                "seq": self.log_count,
                "created": created,
                "level": level,
                "message": message,
                "grouping": clean(str(grouping))[:100],
                "object": self._text(obj, 200),
                "url": self._text(url, 255),
            }
        )
        if self.result.console_log:
            self._add_console("output", message)

    def _add_console(self, name: str, line: str) -> None:
        self.console_count += 1
        self.rows.append(
            {
                "kind": "console",
                "seq": self.console_count,
                "created": time.time(),
                "type": name,
                "text": self.redactor.redact(line),
            }
        )

    def _set_progress(self, told: object) -> None:
        try:
            done, total, text = _parts(told)
            self.progress = (
                float(done),
                None if total is None else float(total),
                self._text(text, 255),
            )
        except (TypeError, ValueError) as error:
            raise FrameBroken("progress has not its three parts") from error
        self.changed = True

    def _text(self, value: object, most: int) -> str:
        text = self.redactor.redact(clean(str(value)))
        if len(text) <= most:
            return text
        cut = f" … ({len(text) - most} characters cut)" if most > 1000 else ""
        return text[: most - len(cut)] + cut


def _parts(told: object) -> list[Any]:
    """The parts of a list that came in a frame."""
    if not isinstance(told, list):
        raise TypeError("not a list")
    return told
