"""What fills the disk: the size of every folder below a folder."""

import csv
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError

from jobsmith.jobs import BooleanVar, IntegerVar, Job, StringVar, Table, register_jobs

name = "Machine"

MAX_WARNINGS = 20


class DiskUsage(Job):
    """Walks a folder of the worker's machine and reports its largest folders."""

    folder = StringVar(description="A folder on the worker's machine.", default=".", max_length=500)
    top = IntegerVar(
        label="Rows in the result", default=15, min_value=1, max_value=200, required=False
    )
    smallest_mib = IntegerVar(
        label="Leave out below (MiB)",
        description="Smaller folders are not in the file.",
        default=0,
        min_value=0,
        required=False,
        section="Limits",
    )
    one_disk = BooleanVar(
        label="Stay on one disk",
        description="Do not follow mounts of other disks.",
        default=True,
        section="Limits",
    )

    class Meta:
        name = "Disk usage"
        description = """
        Find the folders that fill a disk.

        Gives a table of the largest folders and a CSV file of all of them.
        """
        read_only = True

    @classmethod
    def validate_data(cls, data: dict[str, Any], files: Any = None) -> dict[str, Any]:
        """Only a folder that is there can be measured."""
        if not Path(data["folder"]).is_dir():
            raise ValidationError({"folder": "There is no such folder on the worker's machine."})
        return data

    def run(self, folder: str, top: int | None, smallest_mib: int | None, one_disk: bool) -> Table:
        root = Path(folder).resolve()
        self.logger.info("Measuring %s", root)
        self._unreadable = 0
        device = root.stat().st_dev if one_disk else None
        rows = [row for part in self._parts(root, device) for row in self._measure(part, device)]
        if self._unreadable > MAX_WARNINGS:
            self.logger.warning("%d folders could not be read in all", self._unreadable)
        rows.sort(key=lambda row: row[1], reverse=True)
        kept = [row for row in rows if row[1] >= (smallest_mib or 0) * 1024**2]
        self._write_file(kept)
        total = sum(size for _, size, _ in self._tops)
        self.logger.success("%s holds %s", root, readable(total), extra={"object": root.name})
        return Table(
            columns=["Folder", "Size", "Files", "Share"],
            rows=[
                [path, readable(size), files, f"{size / total:.1%}" if total else "-"]
                for path, size, files in kept[: top or 15]
            ],
            title=f"Largest folders in {root}: {readable(total)} in all",
        )

    def _parts(self, root: Path, device: int | None) -> Iterator[Path]:
        """The root's own folders, one step of progress each."""
        parts = [entry for entry in self._entries(root) if is_folder(entry, device)]
        own = [entry for entry in self._entries(root) if entry.is_file(follow_symlinks=False)]
        self._tops = [(str(root), sum(size_of(entry) for entry in own), len(own))]
        for done, part in enumerate(parts):
            if self.cancelled:
                self.logger.warning("Stopped on request; the result is of part of the folder")
                return
            self.progress(done, len(parts), part.name)
            yield Path(part.path)
        self.progress(len(parts), len(parts), "done")

    def _measure(self, part: Path, device: int | None) -> list[tuple[str, int, int]]:
        """Every folder in the part with its size and number of files, itself last."""
        found: list[tuple[str, int, int]] = []
        sums: dict[str, list[int]] = {}
        for folder in reversed(list(self._folders(part, device))):
            entries = [e for e in self._entries(folder) if e.is_file(follow_symlinks=False)]
            below, files = sums.pop(str(folder), [0, 0])
            size = below + sum(size_of(entry) for entry in entries)
            files += len(entries)
            above = sums.setdefault(str(folder.parent), [0, 0])
            above[0] += size
            above[1] += files
            found.append((str(folder), size, files))
        self._tops.append(found[-1])
        return found

    def _folders(self, part: Path, device: int | None) -> Iterator[Path]:
        """The part and every folder below it, a folder before those inside it."""
        waiting = [part]
        while waiting:
            folder = waiting.pop()
            yield folder
            waiting += [Path(e.path) for e in self._entries(folder) if is_folder(e, device)]

    def _entries(self, folder: Path) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                return list(entries)
        except OSError as error:
            self._unreadable += 1
            if self._unreadable <= MAX_WARNINGS:
                self.logger.warning("Cannot read %s: %s", folder, error.strerror)
            return []

    def _write_file(self, rows: list[tuple[str, int, int]]) -> None:
        with self.create_file("disk-usage.csv", content_type="text/csv") as file:
            file.write(csv_line(["folder", "bytes", "files"]))
            for row in rows:
                file.write(csv_line(row))


def is_folder(entry: os.DirEntry[str], device: int | None) -> bool:
    """Whether to go into it: links are not followed, nor other disks if one was named."""
    try:
        if not entry.is_dir(follow_symlinks=False):
            return False
        return device is None or entry.stat(follow_symlinks=False).st_dev == device
    except OSError:
        return False


def size_of(entry: os.DirEntry[str]) -> int:
    """Bytes of a file; 0 when it went away meanwhile."""
    try:
        return entry.stat(follow_symlinks=False).st_size
    except OSError:
        return 0


def csv_line(cells: Any) -> str:
    """One line of a CSV file."""
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def readable(size: float) -> str:
    """``1.5 GiB``."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"


register_jobs(DiskUsage)
