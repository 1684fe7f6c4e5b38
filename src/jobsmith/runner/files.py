"""Files that runs make: received in pieces, kept under our own names."""

import shutil
import uuid
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile

from jobsmith.models import JobFile
from jobsmith.processes.frames import FrameBroken
from jobsmith.redact import Redactor

from .faults import FilesRefused
from .told import file, kept

MAX_OPEN = 64


@dataclass(slots=True)
class _Incoming:
    name: str
    content_type: str
    path: Path
    stream: FileIO
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How much one run may make."""

    file_bytes: int
    files: int
    all_bytes: int


class _Moved(UploadedFile):  # type: ignore[type-arg] # generic in its stubs only
    """A finished file; storages on this machine move it, others read it."""

    def __init__(self, path: Path, size: int) -> None:
        super().__init__(path.open("rb"), name=path.name, size=size)
        self._path = path

    def temporary_file_path(self) -> str:
        return str(self._path)


class FileReceiver:
    """The files of one run on their way in."""

    def __init__(self, folder: Path, *, caps: Caps, redactor: Redactor) -> None:
        self._folder = folder
        self._redactor = redactor
        self._caps = caps
        self._begun = self._bytes = 0
        self._open: dict[uuid.UUID, _Incoming] = {}
        self.finished: list[tuple[uuid.UUID, str, str, Path, int]] = []
        """Id, name, content type, where it lies, size."""

    def open(self, told: object) -> None:
        """Begin a file. Raises FrameBroken, FilesRefused, or OSError."""
        if len(self._open) >= MAX_OPEN:
            raise FrameBroken("too many files were open at once")
        file_id, name, content_type = file(told)
        if file_id in self._open or any(file_id == done[0] for done in self.finished):
            raise FrameBroken("a file was begun twice")
        if self._begun >= self._caps.files:
            raise FilesRefused(f"The run made more than {self._caps.files:,} files.")
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / file_id.hex
        name = kept(name, 255, self._redactor).replace("/", "_").replace("\\", "_") or "file"
        content_type = kept(content_type, 100, self._redactor)
        self._open[file_id] = _Incoming(name, content_type, path, path.open("xb", buffering=0))
        self._begun += 1

    def data(self, payload: bytes) -> None:
        """Take a piece."""
        incoming = self._find(payload)
        piece = memoryview(payload)[16:]
        incoming.size += len(piece)
        self._bytes += len(piece)
        if incoming.size > self._caps.file_bytes:
            raise FilesRefused(f"A file grew over {self._caps.file_bytes:,} bytes.")
        if self._bytes > self._caps.all_bytes:
            raise FilesRefused(
                f"The files of the run grew over {self._caps.all_bytes:,} bytes in all."
            )
        while piece:  # a disk that is nearly full takes a part
            piece = piece[incoming.stream.write(piece) :]

    def close(self, payload: bytes) -> None:
        """Finish a file."""
        incoming = self._find(payload)
        file_id = uuid.UUID(bytes=payload[:16])
        del self._open[file_id]
        incoming.stream.close()
        self.finished.append(
            (file_id, incoming.name, incoming.content_type, incoming.path, incoming.size)
        )

    def store(self, result_id: str, user_id: uuid.UUID | str | None) -> None:
        """Move finished files into storage and record them; within a transaction."""
        ids = [each[0] for each in self.finished]
        records = JobFile.objects.filter(pk__in=ids, job_result_id=uuid.UUID(result_id))
        stored = set(records.values_list("pk", flat=True)) if ids else set()
        for file_id, name, content_type, path, size in self.finished:
            if file_id in stored:  # the answer to the commit was lost
                continue
            record = JobFile(
                id=file_id,
                name=name,
                content_type=content_type,
                size=size,
                kind=JobFile.Kind.OUTPUT,
                job_result_id=result_id,
                user_id=user_id,
            )
            if path.exists():
                with _Moved(path, size) as content:
                    record.file.save(name, content, save=False)
            else:  # moved by an attempt whose transaction failed
                record.file.name = f"{file_id.hex[:2]}/{file_id.hex}"
            record.save(force_insert=True)

    def discard(self) -> None:
        """Drop what was never finished."""
        for incoming in self._open.values():
            incoming.stream.close()
        self._open.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _find(self, payload: bytes) -> _Incoming:
        found = self._open.get(uuid.UUID(bytes=payload[:16])) if len(payload) >= 16 else None
        if found is None:
            raise FrameBroken("a piece belongs to no file")
        return found
