"""What a log says: tables from a web server's access log or from a package log."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from jobsmith.jobs import (
    BooleanVar,
    ChoiceVar,
    FileVar,
    IntegerVar,
    Job,
    StringVar,
    Table,
    register_jobs,
)

name = "Logs"

READING = {"grouping": "Read"}
REPORT = {"grouping": "Report"}
TELL_EVERY = 10_000
SAMPLE_LINES = 50
MAX_LINE = 64 * 1024
MAX_DISTINCT = 100_000

ACCESS = re.compile(
    r'(?P<host>\S+) \S+ \S+ \[(?P<day>[^:\]]+):(?P<hour>\d\d)[^\]]*\] "(?P<method>[A-Z]+) '
    r'(?P<path>[^ ?"]+)[^"]*" (?P<status>\d{3}) (?P<bytes>\d+|-)'
)
DPKG = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d) (?P<hour>\d\d):\d\d:\d\d "
    r"(?:(?P<action>install|upgrade|remove|purge|configure|trigproc|startup)|(?P<state>status) \S+)"
    r" (?P<package>[a-z0-9][a-z0-9.+-]+)(?::[a-z0-9]+)?\b.*"
)
APT = re.compile(
    r"(?P<field>Start-Date|End-Date|Commandline|Requested-By|Install|Upgrade|Remove|Purge|"
    r"Reinstall|Downgrade|Error|Comment): ?(?P<text>.*)"
)
APT_PACKAGE = re.compile(r"([a-z0-9][a-z0-9.+-]+):[a-z0-9]+ \([^)]*\)")

KINDS = [
    ("auto", "Find out from the first lines"),
    ("access", "Web server (common or combined)"),
    ("dpkg", "dpkg.log"),
    ("apt", "apt history.log"),
]


@dataclass
class Tally:
    """What was counted so far."""

    lines: int = 0
    bad: int = 0
    tables: dict[str, Counter[str]] = field(default_factory=dict)

    def count(self, table: str, value: str, by: int = 1) -> None:
        """Count a value in a table; rare values beyond a limit are counted together."""
        counter = self.tables.setdefault(table, Counter())
        known = value in counter or len(counter) < MAX_DISTINCT
        counter[value if known else "(others)"] += by


class LogAnalysis(Job):
    """Reads a log of any size line by line and counts what is in it."""

    log = FileVar(label="Log file", description="An access log, a dpkg.log or an apt history.log.")
    kind = ChoiceVar(label="Kind of log", choices=KINDS, default="auto")
    top = IntegerVar(label="Rows in a table", default=10, min_value=1, max_value=1000)
    only = StringVar(
        label="Only lines that contain",
        required=False,
        max_length=200,
        section="Narrow down",
    )
    only_errors = BooleanVar(
        label="Only answers of 400 and above",
        show_when={"kind": ["auto", "access"]},
        section="Narrow down",
    )
    warn_lines = IntegerVar(
        label="Bad lines to show",
        description="A warning is logged for each of the first lines that cannot be read.",
        default=20,
        min_value=0,
        max_value=500,
        section="Narrow down",
    )

    class Meta:
        name = "Log analysis"
        description = """
        Top tables from an uploaded log.

        Access logs are counted by path, status, client and hour; package logs by action, package
        and day. All counts are in the CSV file.
        """
        read_only = True
        soft_time_limit = 1800
        time_limit = 1900

    def run(
        self,
        log: BinaryIO,
        kind: str,
        top: int,
        only: str,
        only_errors: bool,
        warn_lines: int,
    ) -> dict[str, Any]:
        size = measure(log)
        kind = guess(log) if kind == "auto" else kind
        what = dict(KINDS)[kind]
        self.logger.info("Reading %.1f MiB as %s", size / 1024**2, what, extra=READING)
        read = {"access": read_access(only_errors), "dpkg": read_dpkg, "apt": read_apt}[kind]
        tally = Tally()
        for line, position in lines_of(log):
            tally.lines += 1
            if only in line and line.strip() and not read(line, tally):
                self._warn(tally, line, warn_lines)
            if tally.lines % TELL_EVERY == 0:
                self._tell(tally, position, size)
                if self.cancelled:
                    self.logger.warning("Stopped on request after %s lines", f"{tally.lines:,}")
                    break
        return self._finish(tally, kind, size, top)

    def _warn(self, tally: Tally, line: str, warn_lines: int) -> None:
        tally.bad += 1
        if tally.bad <= warn_lines:
            shown = line.strip()[:160]
            self.logger.warning("Line %d cannot be read: %s", tally.lines, shown, extra=READING)

    def _tell(self, tally: Tally, position: int, size: int) -> None:
        self.progress(position, size, f"{tally.lines:,} lines")
        read, bad = f"{tally.lines:,}", f"{tally.bad:,}"
        self.logger.info("%s lines read, %s bad", read, bad, extra=READING)

    def _finish(self, tally: Tally, kind: str, size: int, top: int) -> dict[str, Any]:
        self.progress(size, size, f"{tally.lines:,} lines")
        if tally.lines and tally.bad == tally.lines:
            self.fail("No line of this file is of that kind")
        elif tally.bad:
            self.logger.warning("%s lines could not be read", f"{tally.bad:,}", extra=REPORT)
        if kind == "access":
            self._warn_of_errors(tally)
        with self.create_file("log-analysis.csv", content_type="text/csv") as file:
            for row in csv_rows(tally):
                file.write(row)
        self.logger.success("Read %s lines", f"{tally.lines:,}", extra=REPORT)
        summary = {"lines": tally.lines, "bad_lines": tally.bad, "kind": kind}
        return summary | {title: table(title, each, top) for title, each in tally.tables.items()}

    def _warn_of_errors(self, tally: Tally) -> None:
        statuses = tally.tables.get("Status", Counter())
        errors = sum(count for status, count in statuses.items() if status.startswith("5"))
        if errors:
            share = errors / statuses.total()
            told = f"{errors:,}"
            self.logger.warning("%s answers (%.1f %%) are 5xx", told, 100 * share, extra=REPORT)


def lines_of(log: BinaryIO) -> Iterator[tuple[str, int]]:
    """Each line and where it ends in the file; a longer line than any log has comes in pieces."""
    position = 0
    while raw := log.readline(MAX_LINE):
        position += len(raw)
        yield raw.decode("utf-8", "replace"), position


def measure(log: BinaryIO) -> int:
    """Bytes of the file."""
    size = log.seek(0, io.SEEK_END)
    log.seek(0)
    return size


def guess(log: BinaryIO) -> str:
    """The kind that most of the first lines are of."""
    patterns = {"access": ACCESS, "dpkg": DPKG, "apt": APT}
    votes: Counter[str] = Counter()
    for number, (line, _) in enumerate(lines_of(log)):
        if number >= SAMPLE_LINES:
            break
        votes.update(kind for kind, pattern in patterns.items() if pattern.match(line))
    log.seek(0)
    return votes.most_common(1)[0][0] if votes else "access"


def read_access(only_errors: bool) -> Callable[[str, Tally], bool]:
    """A reader of access logs."""

    def read(line: str, tally: Tally) -> bool:
        found = ACCESS.match(line)
        if found is None:
            return False
        if only_errors and found["status"] < "400":
            return True
        tally.count("Path", found["path"])
        tally.count("Status", found["status"])
        tally.count("Client", found["host"])
        tally.count("Hour", f"{found['hour']}:00")
        tally.count("Bytes by path", found["path"], int(found["bytes"].replace("-", "0")))
        return True

    return read


def read_dpkg(line: str, tally: Tally) -> bool:
    """Count a line of a dpkg.log."""
    found = DPKG.match(line)
    if found is None:
        return False
    action = found["action"] or found["state"]
    tally.count("Action", action)
    tally.count("Day", found["day"])
    if action != "startup":
        tally.count("Package", found["package"])
    return True


def read_apt(line: str, tally: Tally) -> bool:
    """Count a line of an apt history.log."""
    found = APT.match(line)
    if found is None:
        return False
    what, text = found["field"], found["text"]
    if what == "Start-Date":
        tally.count("Day", text.split(" ")[0])
    elif what == "Commandline":
        tally.count("Command", text)
    for package in APT_PACKAGE.findall(text):
        tally.count("Package", package)
        tally.count("Action", what)
    return True


def table(title: str, counter: Counter[str], top: int) -> Table:
    """The most frequent values."""
    total = counter.total() or 1
    rows = [[value, count, f"{count / total:.1%}"] for value, count in counter.most_common(top)]
    return Table(columns=[title, "Count", "Share"], rows=rows, title=f"Top {title.lower()}")


def csv_rows(tally: Tally) -> Iterator[str]:
    """The CSV file, a piece at a time."""
    line = io.StringIO()
    writer = csv.writer(line)
    writer.writerow(["table", "value", "count"])
    for title, counter in tally.tables.items():
        for value, count in counter.most_common():
            writer.writerow([title, value, count])
            if line.tell() > 64 * 1024:
                yield line.getvalue()
                line.seek(0)
                line.truncate()
    yield line.getvalue()


register_jobs(LogAnalysis)
